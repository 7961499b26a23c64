"""An OpenID Connect issuer: its public keys as it publishes them, and whom a token of it names.

Only asymmetric signatures are believed: with HS256 whoever reads the public key could sign.
source: OpenID Connect Discovery 1.0, section 4; RFC 8725, "JSON Web Token Best Current Practices".
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO, Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

import jwt

ALGORITHMS = ("RS256", "ES256")
_KINDS = ("RSA", "EC")
_CLAIMS = ("iss", "aud", "exp", "sub")
CLOCK_SKEW_S = 30  # what an issuer's clock may be off from ours
KEYS_S = 3_600  # how long keys are believed: one that was withdrawn is gone by then
LOOK_AGAIN_S = 30  # least time between two looks for a key nobody knows, whoever asks for it
TIMEOUT_S = 3
MAX_BYTES = 1_000_000  # of a document of the issuer; real ones have some thousand


class IssuerError(RuntimeError):
    """The issuer cannot be reached, or publishes no keys as OpenID Connect says: try again."""


class TokenError(ValueError):
    """The token is not one to believe, and why."""


@dataclass(frozen=True)
class Named:
    """Whom a token names. expires_s: until when it is believed, epoch seconds."""

    subject: str
    expires_s: int


def get_json(url: str) -> dict[str, Any]:
    """The JSON object at an address. raises: IssuerError."""
    opener = build_opener(ProxyHandler({}), _NoRedirect)
    try:
        response: IO[bytes]
        with opener.open(url, timeout=TIMEOUT_S) as response:
            found = json.loads(response.read(MAX_BYTES))
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise IssuerError(f"{url}: {error}") from error
    if not isinstance(found, dict):
        raise IssuerError(f"{url} holds no JSON object")
    return found


class Issuer:
    """One issuer as one audience sees it; its keys are fetched when first needed.

    url: as the tokens' `iss` has it.   now_s: a clock that never goes back.
    """

    def __init__(
        self, url: str, audience: str, now_s: Callable[[], float] = time.monotonic,
        fetch: Callable[[str], dict[str, Any]] = get_json,
    ) -> None:
        self._url, self._audience, self._now_s, self._fetch = url, audience, now_s, fetch
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._looked_s = -float("inf")

    def verify(self, token: str) -> Named:
        """Whom the token names.

        raises: TokenError; IssuerError, when its keys cannot be had.
        """
        try:
            key = self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            claims = jwt.decode(
                token, key, algorithms=ALGORITHMS, audience=self._audience, issuer=self._url,
                leeway=CLOCK_SKEW_S, options={"require": list(_CLAIMS)})
        except jwt.PyJWTError as error:
            raise TokenError(str(error)) from error
        if not claims["sub"]:
            raise TokenError("the token names nobody")
        return Named(claims["sub"], int(claims["exp"]) + CLOCK_SKEW_S)

    def _key(self, kid: str) -> jwt.PyJWK:
        age_s = self._now_s() - self._looked_s
        if age_s > KEYS_S or (kid not in self._keys and age_s > LOOK_AGAIN_S):
            self._keys = self._fetch_keys()
            self._looked_s = self._now_s()  # after a failure the next call tries at once
        if kid not in self._keys:
            raise TokenError("the token is signed with a key the issuer does not publish")
        return self._keys[kid]

    def _fetch_keys(self) -> dict[str, jwt.PyJWK]:
        described = self._fetch(self._url.rstrip("/") + "/.well-known/openid-configuration")
        if described.get("issuer") != self._url:
            raise IssuerError(f"{self._url} calls itself {described.get('issuer')}")
        jwks_uri = str(described.get("jwks_uri"))
        if jwks_uri.partition(":")[0] not in ("https", self._url.partition(":")[0]):
            raise IssuerError(f"{jwks_uri}: keys are fetched over TLS only")
        listed = self._fetch(jwks_uri).get("keys")
        keys = dict(_usable(listed if isinstance(listed, list) else []))
        if not keys:
            raise IssuerError(f"{jwks_uri} holds no key for {' or '.join(ALGORITHMS)}")
        return keys


def _usable(listed: list[Any]) -> list[tuple[str, jwt.PyJWK]]:
    """Keys that sign, by their id; others, which the issuer may have for other ends, are left."""
    found = []
    for entry in listed:
        signs = isinstance(entry, dict) and entry.get("use", "sig") == "sig"
        if not signs or entry.get("kty") not in _KINDS:
            continue
        try:
            key = jwt.PyJWK(entry)
        except jwt.PyJWTError:
            continue
        if key.algorithm_name in ALGORITHMS and entry.get("kid"):
            found.append((str(entry["kid"]), key))
    return found


class _NoRedirect(HTTPRedirectHandler):
    """A redirect could lead away from TLS."""

    def redirect_request(self, *_: Any) -> None:
        return None
