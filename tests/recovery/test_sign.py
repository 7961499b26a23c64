"""An operator vouches for a model that nobody signed, once its files were seen to be whole."""

from dataclasses import replace

import pytest

from domain.artifact import ENCODER, SIGNATURE, UNSIGNED, ArtifactError
from functions.shelf import model_key
from recovery.__main__ import main
from recovery.report import Report
from recovery.sign import SignError, sign
from tests.conftest import Trained
from tests.functions.artifacts import flipped
from tests.functions.stage import Stage, files_of
from tests.recovery.stage import stack_of
from tests.recovery.test_stack import deploy, outputs_of


@pytest.fixture
def unsigned(stage: Stage, trained: Trained) -> str:
    """The version that serves, as a deployment of before has it."""
    version = str(stage.end_job("first", files_of(trained.folder))["promoted"])
    stage.client("s3").delete_object(Bucket=stage.bucket, Key=model_key(version, SIGNATURE))
    return version


def test_what_serves_is_signed_and_loaded(
    stage: Stage, unsigned: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(stage.cloud, "shop", outputs_of(stage.cloud))

    with pytest.raises(SystemExit) as ended:
        main(["sign", "--stack", "shop"])

    assert ended.value.code == 0
    assert "models signed  1" in capsys.readouterr().out
    stage.shelf().check_model(unsigned)


def test_another_promoted_model_is_signed_by_its_name(stage: Stage, unsigned: str) -> None:
    sign(stack_of(stage.cloud), unsigned, report := Report())

    assert report.counts == {"models signed": 1}
    stage.shelf().check_model(unsigned)


def test_a_model_with_a_changed_bit_is_not_vouched_for(stage: Stage, unsigned: str) -> None:
    data = stage.shelf().get(model_key(unsigned, ENCODER)) or b""
    stage.shelf().put(model_key(unsigned, ENCODER), flipped(data, 100))

    with pytest.raises(ArtifactError, match=ENCODER):
        sign(stack_of(stage.cloud), "", Report())

    assert model_key(unsigned, SIGNATURE) not in stage.keys("models/")


def test_a_model_under_another_version_is_not_vouched_for(
    stage: Stage, unsigned: str, trained: Trained
) -> None:
    promoted = stage.registry().entries()[0]._replace(version="0" * 16, judged_ms=1)
    stage.registry().record(promoted)
    for name in (key.rpartition("/")[2] for key in stage.keys(f"models/{unsigned}")):
        stage.shelf().put(model_key("0" * 16, name), (trained.folder / name).read_bytes())

    with pytest.raises(SignError, match="another version"):
        sign(stack_of(stage.cloud), "0" * 16, Report())


@pytest.mark.parametrize("chosen", ["", "f" * 16])
def test_what_was_not_promoted_is_not_vouched_for(stage: Stage, chosen: str) -> None:
    with pytest.raises(SignError, match="is no promoted model"):
        sign(stack_of(stage.cloud), chosen, Report())


def test_a_deployment_that_asks_for_no_signature_says_so(stage: Stage) -> None:
    with pytest.raises(SignError, match="signed_models is false"):
        sign(replace(stack_of(stage.cloud), signing_key=UNSIGNED), "", Report())
