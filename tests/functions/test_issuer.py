"""Only what an issuer signed for this audience, now, with a key it publishes, names anybody."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from functions import issuer as issuers
from functions.issuer import Issuer, IssuerError, TokenError
from tests.functions.issuing import (
    AUDIENCE,
    DISCOVERY,
    EC,
    OTHER_RSA,
    RSA,
    LocalIssuer,
    forged,
    issuing,
    pem,
    public,
)

NOW_S = int(time.time())  # when tests were collected, minutes before they run


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def local() -> Iterator[LocalIssuer]:
    with issuing() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(local: LocalIssuer, clock: Clock) -> Issuer:
    return Issuer(local.url, AUDIENCE, clock)


def test_a_good_token_names_its_subject(local: LocalIssuer, issuer: Issuer) -> None:
    named = issuer.verify(local.token(exp=NOW_S + 3600))

    assert (named.subject, named.expires_s) == ("ann", NOW_S + 3600 + issuers.CLOCK_SKEW_S)


def test_an_elliptic_signature_is_as_good(local: LocalIssuer, issuer: Issuer) -> None:
    assert issuer.verify(local.token(EC, "two", "ES256")).subject == "ann"


def test_one_of_several_audiences_is_enough(local: LocalIssuer, issuer: Issuer) -> None:
    assert issuer.verify(local.token(aud=["other", AUDIENCE])).subject == "ann"


@pytest.mark.parametrize(("claims", "reason"), [
    ({"aud": "another shop"}, "Audience"),
    ({"aud": None}, "aud"),
    ({"iss": "https://id.elsewhere"}, "issuer"),
    ({"iss": None}, "iss"),
    ({"exp": -3600}, "expired"),
    ({"exp": None}, "exp"),
    ({"exp": "never"}, "exp"),
    ({"nbf": 3600}, "not yet valid"),
    ({"iat": 3600}, "not yet valid"),
    ({"sub": None}, "sub"),
    ({"sub": ""}, "names nobody"),
], ids=str)
def test_a_token_that_claims_anything_else_is_refused(
    local: LocalIssuer, issuer: Issuer, claims: dict[str, Any], reason: str
) -> None:
    # Times are told from now on, so that a test has the same name in every process.
    told = {name: NOW_S + claim if isinstance(claim, int) else claim
            for name, claim in claims.items()}

    with pytest.raises(TokenError, match=reason):
        issuer.verify(local.token(**told))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_algorithm_is_refused(local: LocalIssuer, issuer: Issuer, algorithm: str) -> None:
    with pytest.raises(TokenError, match="alg"):
        issuer.verify(local.token(algorithm=algorithm))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_a_token_that_nobody_signed_is_refused(
    local: LocalIssuer, issuer: Issuer, algorithm: str
) -> None:
    claims = {"iss": local.url, "aud": AUDIENCE, "sub": "ann", "exp": NOW_S + 3600}

    with pytest.raises(TokenError):
        issuer.verify(forged({"alg": algorithm, "kid": "one"}, claims, b""))


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_the_public_key_signs_nothing(
    local: LocalIssuer, issuer: Issuer, algorithm: str
) -> None:
    claims = {"iss": local.url, "aud": AUDIENCE, "sub": "ann", "exp": NOW_S + 3600}

    with pytest.raises(TokenError):
        issuer.verify(forged({"alg": algorithm, "kid": "one"}, claims, pem(RSA)))


@pytest.mark.parametrize(("key", "kid", "algorithm"), [
    (OTHER_RSA, "one", "RS256"), (RSA, "two", "RS256"), (EC, "one", "ES256"),
    (RSA, "three", "RS256"), (RSA, None, "RS256")])
def test_a_token_of_a_key_that_is_not_published_under_its_name_is_refused(
    local: LocalIssuer, issuer: Issuer, key: Any, kid: str | None, algorithm: str
) -> None:
    with pytest.raises(TokenError):
        issuer.verify(local.token(key, kid, algorithm))


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "....", "é.é.é", "e30.e30.e30"])
def test_what_is_no_token_is_refused(issuer: Issuer, token: str) -> None:
    with pytest.raises(TokenError):
        issuer.verify(token)


def test_a_token_that_was_changed_is_refused(local: LocalIssuer, issuer: Issuer) -> None:
    head, _, signature = local.token().split(".")
    claims = local.token(sub="bob").split(".")[1]

    with pytest.raises(TokenError, match="Signature"):
        issuer.verify(f"{head}.{claims}.{signature}")


def test_keys_are_fetched_once(local: LocalIssuer, issuer: Issuer) -> None:
    for _ in range(3):
        issuer.verify(local.token())

    assert local.fetched == [DISCOVERY, "/keys"]


def test_a_rotated_key_is_looked_for(local: LocalIssuer, issuer: Issuer, clock: Clock) -> None:
    issuer.verify(local.token())
    local.published = {"new": OTHER_RSA}
    clock.s += issuers.LOOK_AGAIN_S + 1

    named = issuer.verify(local.token(OTHER_RSA, "new"))

    assert named.subject == "ann"
    assert len(local.fetched) == 4


def test_made_up_keys_make_nobody_ask_the_issuer_all_the_time(
    local: LocalIssuer, issuer: Issuer, clock: Clock
) -> None:
    issuer.verify(local.token())

    for n in range(50):
        clock.s += 1
        with pytest.raises(TokenError, match="does not publish"):
            issuer.verify(local.token(kid=f"made-up-{n}"))

    assert len(local.fetched) == 4  # one more look in 50 s


def test_a_withdrawn_key_is_believed_no_longer_than_an_hour(
    local: LocalIssuer, issuer: Issuer, clock: Clock
) -> None:
    issuer.verify(local.token())
    local.published = {"new": OTHER_RSA}
    clock.s += issuers.KEYS_S + 1

    with pytest.raises(TokenError, match="does not publish"):
        issuer.verify(local.token())


def test_an_issuer_that_is_down_is_not_the_fault_of_the_token() -> None:
    with issuing() as local:
        token = local.token()

    with pytest.raises(IssuerError):
        Issuer(local.url, AUDIENCE).verify(token)


def test_an_issuer_that_was_down_is_asked_again_at_once(
    local: LocalIssuer, issuer: Issuer
) -> None:
    good, local.described = local.described, None
    with pytest.raises(IssuerError):
        issuer.verify(local.token())
    local.described = good

    assert issuer.verify(local.token()).subject == "ann"


def test_known_keys_serve_while_the_issuer_is_down(clock: Clock) -> None:
    with issuing() as local:
        issuer = Issuer(local.url, AUDIENCE, clock)
        issuer.verify(local.token())

    assert issuer.verify(local.token(sub="bob")).subject == "bob"


@pytest.mark.parametrize("described", [
    None, b"<html>", ["a", "list"], {}, {"issuer": "https://id.elsewhere"},
    {"jwks_uri": "http://127.0.0.1:1/keys"},
    {"jwks_uri": "ftp://127.0.0.1/keys"}, {"jwks_uri": "file:///etc/keys"},
], ids=str)
def test_an_issuer_that_describes_itself_wrongly_is_not_believed(
    local: LocalIssuer, issuer: Issuer, described: Any
) -> None:
    changes = isinstance(described, dict) and described
    local.described = {**local.described, **described} if changes else described

    with pytest.raises(IssuerError):
        issuer.verify(local.token())


def test_an_issuer_that_sends_us_elsewhere_is_not_followed(
    local: LocalIssuer, issuer: Issuer
) -> None:
    local.described = f"{local.url}/moved"

    with pytest.raises(IssuerError, match="302"):
        issuer.verify(local.token())


def test_keys_of_an_issuer_behind_tls_are_fetched_over_tls(local: LocalIssuer) -> None:
    described = {"issuer": "https://id.example", "jwks_uri": f"{local.url}/keys"}
    issuer = Issuer("https://id.example", AUDIENCE, fetch=lambda _: described)

    with pytest.raises(IssuerError, match="over TLS only"):
        issuer.verify(local.token())


def test_keys_for_other_ends_are_left_alone(local: LocalIssuer, issuer: Issuer) -> None:
    other_curve = ec.generate_private_key(ec.SECP384R1())
    local.others = [
        {**public(RSA, "sealing"), "use": "enc"}, {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "broken"}, "no key", public(other_curve, "wide"),
        {name: value for name, value in public(RSA, "").items() if name != "kid"}]

    assert issuer.verify(local.token()).subject == "ann"
    with pytest.raises(TokenError, match="does not publish"):
        issuer.verify(local.token(RSA, "sealing"))


@pytest.mark.parametrize("keys", [{}, {"wide": ec.generate_private_key(ec.SECP384R1())}])
def test_an_issuer_without_a_usable_key_is_not_the_fault_of_the_token(
    local: LocalIssuer, issuer: Issuer, keys: Any
) -> None:
    token, local.published = local.token(), keys

    with pytest.raises(IssuerError, match="holds no key"):
        issuer.verify(token)
