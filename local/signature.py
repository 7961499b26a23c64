"""Is a request signed by whoever holds the key? AWS Signature Version 4, checked for real.

source: AWS, "Create a signed AWS API request" (IAM User Guide).
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from local.template import REGION

SERVICE = "execute-api"
MAX_SKEW = timedelta(minutes=5)  # source: same page
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/]+)/(?P<scope>[^,\s]+),\s*"
    r"SignedHeaders=(?P<signed>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})\s*")


class SignatureError(ValueError):
    """The request is not signed, or not by this key, or not as it arrived."""


def verify(
    method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes,
    credentials: Credentials, now: datetime,
) -> None:
    """Compute the signature of a request as it arrived and compare.

    target: path and query as sent.
    raises: SignatureError, saying what does not fit.
    """
    given = {name.title(): value for name, value in headers}
    found = _AUTHORIZATION.fullmatch(given.get("Authorization", ""))
    moment = given.get("X-Amz-Date", "")
    if not found:
        raise SignatureError("Missing Authentication Token")
    _check_claims(found, moment, credentials, now)
    if given.get("X-Amz-Content-Sha256", "") not in ("", hashlib.sha256(body).hexdigest()):
        raise SignatureError("The hash in x-amz-content-sha256 is not that of the body")
    request = AWSRequest(method, f"http://{given.get('Host', '')}{target}", given, body)
    request.context["timestamp"] = moment
    auth = _Recomputed(credentials, found["signed"].split(";"))
    text = auth.string_to_sign(request, auth.canonical_request(request))
    if not hmac.compare_digest(auth.signature(text, request), found["signature"]):
        raise SignatureError("The request signature we calculated does not match the signature "
                             "you provided. Check your AWS Secret Access Key and signing method.")


def sign(
    method: str, url: str, body: bytes, credentials: Credentials, region: str = REGION
) -> dict[str, str]:
    """The headers that sign a request."""
    request = AWSRequest(method, url, {"Content-Type": "application/json"}, body)
    SigV4Auth(credentials, SERVICE, region).add_auth(request)
    return dict(request.headers.items())


class _Recomputed(SigV4Auth):
    """Signs the headers that the sender says it signed."""

    def __init__(self, credentials: Credentials, signed: Sequence[str]) -> None:
        super().__init__(credentials, SERVICE, REGION)
        self._signed = signed

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        chosen = HTTPHeaders()
        for name, value in request.headers.items():
            if name.lower() in self._signed:
                chosen[name.lower()] = value
        return chosen


def _check_claims(
    found: re.Match[str], moment: str, credentials: Credentials, now: datetime
) -> None:
    if found["key"] != credentials.access_key:
        raise SignatureError("The security token included in the request is invalid.")
    try:
        signed_at = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise SignatureError("The header x-amz-date holds no time such as "
                             "20260101T000000Z") from error
    if abs(now - signed_at) > MAX_SKEW:
        raise SignatureError(f"Signature expired: {moment} is not within 5 minutes of now")
    if found["scope"] != f"{moment[:8]}/{REGION}/{SERVICE}/aws4_request":
        raise SignatureError(f"Credential should be scoped to {REGION}/{SERVICE}")
    if "host" not in found["signed"].split(";"):
        raise SignatureError("'Host' must be a 'SignedHeader' in the AWS Authorization.")


def draw_keys(path: Path) -> tuple[str, str]:
    """API key and administrator's secret: drawn once, then the same at every start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps([secrets.token_urlsafe(24), secrets.token_urlsafe(30)]))
    api_key, secret = json.loads(path.read_text())
    return api_key, secret
