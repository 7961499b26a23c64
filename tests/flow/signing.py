"""A call that is signed as another than it is sent."""

import http.client
from datetime import datetime
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class At(SigV4Auth):
    """Signs as of a moment."""

    moment: datetime

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.context["timestamp"] = self.moment.strftime("%Y%m%dT%H%M%SZ")
        super()._modify_request_before_signing(request)


def signed(
    url: str, body: bytes, keys: Credentials, moment: datetime, service: str = "personalize"
) -> dict[str, str]:
    """The headers that sign a POST as of a moment."""
    request = AWSRequest("POST", url, {"Content-Type": "application/json"}, body)
    auth = At(keys, service, "eu-west-1")
    auth.moment = moment
    auth.add_auth(request)
    return dict(request.headers.items())


def post(
    url: str, body: bytes, keys: Credentials, moment: datetime, *, service: str = "personalize",
    sent: bytes | None = None,
) -> int:
    """The status of a POST. sent: the body in place of the one that is signed."""
    headers, parts = signed(url, body, keys, moment, service), urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("POST", url.removeprefix(f"http://{parts.netloc}"), sent or body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status
