"""Links to objects of the bucket, followed to this machine.

A link names the host that S3 has it from. Whoever follows one here connects to the local cloud and
names that host all the same: curl with `--connect-to`, `local.batch` by itself.
source: AWS, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
"""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.proxy import Request
from local.routes import Answer
from local.template import REGION

_SIGNATURE = "X-Amz-Signature"
_XML = [("Content-Type", "application/xml")]


class Links:
    """What S3 answers whoever has a link. client: of the engine's S3."""

    def __init__(self, client: Any, credentials: Credentials) -> None:
        self._client, self._credentials = client, credentials

    def answer(self, request: Request) -> Answer | None:
        """The object, or why not; None for what is no link."""
        given = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
        if request.method != "GET" or _SIGNATURE not in given:
            return None
        if not self._is_signed(request, given):
            return _refused(403, "SignatureDoesNotMatch")
        if _ends(given) < datetime.now(UTC):
            return _refused(403, "AccessDenied")
        try:
            found = self._client.get_object(Bucket=request.header("host").partition(".")[0],
                                            Key=unquote(request.path[1:]))
        except ClientError as error:
            return _refused(404, str(error.response["Error"]["Code"]))
        return Answer(200, [("Content-Type", "binary/octet-stream")], found["Body"].read())

    def _is_signed(self, request: Request, given: dict[str, str]) -> bool:
        claimed = {name: value for name, value in given.items() if name != _SIGNATURE}
        host = request.header("host")
        again = AWSRequest("GET", f"https://{host}{request.path}?{urlencode(claimed)}",
                           {"host": host})
        again.context["timestamp"] = given.get("X-Amz-Date", "")
        auth = S3SigV4QueryAuth(self._credentials, "s3", REGION)
        text = auth.string_to_sign(again, auth.canonical_request(again))
        return hmac.compare_digest(auth.signature(text, again), given[_SIGNATURE])


def _ends(given: dict[str, str]) -> datetime:
    begun = datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return begun + timedelta(seconds=int(given["X-Amz-Expires"]))


def _refused(status: int, code: str) -> Answer:
    return Answer(status, _XML, f"<Error><Code>{code}</Code></Error>".encode())
