"""Whether a request was signed with a secret: AWS Signature Version 4, as clients of AWS sign.

Whatever signs with a key pair can so be let in by a secret of ours: the id of the key says nothing
and may be any. A signature holds for `MAX_SKEW_S`, and for this very body.
source: AWS, "Create a signed AWS API request", "Handling dates in Signature Version 4".
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW_S = 300
DATE_HEADER = "x-amz-date"
SHAPE = re.compile(
    ALGORITHM + r"\s+Credential=(?P<id>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[^/,\s]+)/"
    r"(?P<service>[^/,\s]+)/aws4_request,\s*SignedHeaders=(?P<signed>[a-z0-9;-]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})")


class SignatureError(Exception):
    """The request is not signed with the secret, or not as it arrived."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it arrived. headers: by their names in lower case; path: as it was sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    authorization: str


def verify(request: Signed, secret: str, service: str, now_s: float) -> None:
    """Sign the request anew and compare. raises: SignatureError, saying what does not fit."""
    found = SHAPE.fullmatch(request.authorization)
    if not found:
        raise SignatureError("the request is not signed with Signature Version 4")
    moment = request.headers.get(DATE_HEADER, "")
    _check_time(found, moment, now_s)
    if found["service"] != service:
        raise SignatureError(f"the credential must be scoped to {service}")
    names = found["signed"].split(";")
    missing = {"host", DATE_HEADER} - set(names) | set(names) - request.headers.keys()
    if missing:
        raise SignatureError(f"not signed, or not sent: {', '.join(sorted(missing))}")
    expected = _sign(request, found, moment, secret)
    if not hmac.compare_digest(expected, found["signature"]):
        raise SignatureError("the signature is not that of this request and this secret")


def _check_time(found: re.Match[str], moment: str, now_s: float) -> None:
    try:
        signed_at = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise SignatureError(f"{DATE_HEADER} is no time such as 20260101T000000Z") from error
    if abs(now_s - signed_at.timestamp()) > MAX_SKEW_S:
        raise SignatureError(f"signature expired: {moment} is not within 5 minutes of now")
    if found["day"] != moment[:8]:
        raise SignatureError(f"the credential's date is not that of {DATE_HEADER}")


def _sign(request: Signed, found: re.Match[str], moment: str, secret: str) -> str:
    names = found["signed"].split(";")
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    # The query is empty: no operation has one, and a request with one is refused.
    canonical = "\n".join((
        request.method, quote(request.path, safe="/-_.~"), "", headers, found["signed"],
        hashlib.sha256(request.body).hexdigest()))
    scope = f"{found['day']}/{found['region']}/{found['service']}/aws4_request"
    text = "\n".join((ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()
