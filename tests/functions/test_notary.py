"""Only what the deployment's own key said of this very manifest is believed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from domain.artifact import UNSIGNED, ArtifactError
from functions.notary import INVALID, MAX_BYTES, Notary
from tests.functions.artifacts import flipped
from tests.functions.faults import Faulty
from tests.functions.stage import Stage

MANIFEST = b'{"sha256": {"card.json": "00"}, "version": 1}'


@pytest.fixture
def notary(stage: Stage) -> Notary:
    return Notary(stage.setting("signing_key"))


def of(stage: Stage, client: Any) -> Notary:
    return Notary(stage.setting("signing_key"), client)


def test_what_it_signed_is_believed(notary: Notary) -> None:
    signature = notary.sign(MANIFEST)

    notary.check(MANIFEST, signature)

    assert len(signature) <= MAX_BYTES


def test_a_bit_that_is_flipped_in_either_is_refused(notary: Notary) -> None:
    signature = notary.sign(MANIFEST)

    for at in range(len(MANIFEST)):
        with pytest.raises(ArtifactError, match="not of this deployment's key"):
            notary.check(flipped(MANIFEST, at), signature)
    for at in range(len(signature)):
        with pytest.raises(ArtifactError, match="not of this deployment's key"):
            notary.check(MANIFEST, flipped(signature, at))


@pytest.mark.parametrize("signature", [b"", b"no signature", b"0" * (MAX_BYTES + 1)])
def test_what_is_no_signature_is_refused(notary: Notary, signature: bytes) -> None:
    with pytest.raises(ArtifactError, match="not of this deployment's key"):
        notary.check(MANIFEST, signature)


def test_what_nobody_signed_is_refused(notary: Notary) -> None:
    with pytest.raises(ArtifactError, match=r"manifest.sig is missing: nobody signed this model"):
        notary.check(MANIFEST, None)


def test_another_key_of_the_same_account_vouches_for_nothing(
    stage: Stage, notary: Notary
) -> None:
    kms = stage.client("kms")
    other = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]

    with pytest.raises(ArtifactError, match="not of this deployment's key"):
        notary.check(MANIFEST, Notary(other).sign(MANIFEST))


def test_what_kms_calls_invalid_is_refused(stage: Stage, notary: Notary) -> None:
    client = Faulty(stage.client("kms"), {"verify": None}, code=INVALID)

    with pytest.raises(ArtifactError, match="not of this deployment's key"):
        of(stage, client).check(MANIFEST, notary.sign(MANIFEST))


@pytest.mark.parametrize("code", ["ThrottlingException", "DisabledException", "AccessDenied"])
def test_that_nobody_can_say_is_an_error_of_the_world(
    stage: Stage, notary: Notary, code: str
) -> None:
    client = Faulty(stage.client("kms"), {"verify": None, "sign": None}, code=code)

    with pytest.raises(ClientError):
        of(stage, client).check(MANIFEST, notary.sign(MANIFEST))
    with pytest.raises(ClientError):
        of(stage, client).sign(MANIFEST)


def test_it_goes_on_after_its_connections_ended(notary: Notary) -> None:
    notary.close()
    signature = notary.sign(MANIFEST)
    notary.close()

    notary.check(MANIFEST, signature)


def test_where_models_are_not_signed_there_is_none(stage: Stage) -> None:
    assert Notary.of(UNSIGNED) is None
    assert Notary.of(stage.setting("signing_key")) is not None
