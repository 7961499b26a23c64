"""An OpenID Connect issuer on 127.0.0.1, with real keys, and whatever tokens a test asks it for."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from hmac import digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

AUDIENCE = "shop"
DISCOVERY = "/.well-known/openid-configuration"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

RSA, OTHER_RSA = (rsa.generate_private_key(65537, 2048) for _ in range(2))
EC = ec.generate_private_key(ec.SECP256R1())


class LocalIssuer:
    """What it publishes can be changed; fetched: the paths it was asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.published: dict[str, Key] = {"one": RSA, "two": EC}
        self.others: list[dict[str, Any]] = []
        self.described: Any = {"issuer": url, "jwks_uri": f"{url}/keys"}
        self.fetched: list[str] = []

    def page(self, path: str) -> Any:
        """The document at a path, None when there is none."""
        self.fetched.append(path)
        keys = [public(key, kid) for kid, key in self.published.items()]
        moved = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        return {DISCOVERY: self.described, "/moved": moved,
                "/keys": {"keys": [*keys, *self.others]}}.get(path)

    def token(self, key: Key = RSA, kid: str | None = "one", algorithm: str = "RS256",
              **claims: Any) -> str:
        """A token for ann, good for a minute, but for what is said otherwise; None leaves out."""
        now_s = int(time.time())
        given = {"iss": self.url, "aud": AUDIENCE, "sub": "ann", "iat": now_s, "exp": now_s + 60,
                 **claims}
        return jwt.encode({name: value for name, value in given.items() if value is not None},
                          key, algorithm, {"kid": kid} if kid else {})


@contextmanager
def issuing() -> Iterator[LocalIssuer]:
    """An issuer that listens; afterwards it is down."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        issuer = LocalIssuer(f"http://127.0.0.1:{server.server_port}")
        server.issuer = issuer  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()


def public(key: Key, kid: str) -> dict[str, Any]:
    """A key as issuers publish it."""
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) \
        else jwt.algorithms.ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """A token no honest library makes: HMAC over whatever header, or no signature at all."""
    text = ".".join(_encode(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{_encode(digest(secret, text.encode(), sha256)) if secret else ''}"


def pem(key: Key) -> bytes:
    """The public key as text, which an attacker would sign with."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = self.server.issuer.page(self.path)  # type: ignore[attr-defined]
        if isinstance(page, str):  # leads elsewhere
            self.send_response(302)
            self.send_header("Location", page)
            self.end_headers()
            return
        self.send_response(404 if page is None else 200)
        self.end_headers()
        self.wfile.write(page if isinstance(page, bytes) else json.dumps(page).encode())

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""
