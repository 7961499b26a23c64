"""Calls a cloud over HTTP, as any other client would: one connection, kept open."""

import http.client
import json
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

from botocore.credentials import Credentials

from local.signature import sign
from local.template import REGION


@dataclass(frozen=True)
class Reply:
    """Status and decoded body; of a page its text. ms: from first byte sent to last received."""

    status: int
    body: Any
    ms: float


class Client:
    """Not for two threads at once: each makes its own."""

    def __init__(
        self, url: str, api_key: str, credentials: Credentials, region: str = REGION
    ) -> None:
        self._url, self._api_key, self._credentials = url, api_key, credentials
        self._region = region
        parts = urlsplit(url)
        kind = (http.client.HTTPSConnection if parts.scheme == "https"
                else http.client.HTTPConnection)
        self._connection = kind(str(parts.hostname), parts.port, timeout=120)
        self._below = parts.path  # a deployed API's URL ends with its stage

    def call(self, method: str, path: str, body: Any = None, *, admin: bool = False,
             token: str = "") -> Reply:
        """Send and wait. path: encoded, see `encode`. admin: signed, in place of the API key.

        token: of a user, beside the API key.
        """
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "x-api-key": self._api_key}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if admin:
            headers = sign(method, self._url + path, data, self._credentials, self._region)
        began = time.perf_counter()
        self._connection.request(method, self._below + path, data or None, headers)
        response = self._connection.getresponse()
        answer = response.read()
        ms = (time.perf_counter() - began) * 1000
        is_page = response.headers.get_content_type() == "text/html"
        body = answer.decode() if is_page else json.loads(answer) if answer else None
        return Reply(response.status, body, ms)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def encode(segment: str) -> str:
    """A path segment, such as an item id, as it is sent."""
    return quote(segment, safe="")
