"""What was said is remembered for as long as it might be said again."""

from domain.layout import MODELS, TOLD, TOLD_TTL_S
from functions.told import Told
from tests.functions.stage import NOW_MS, Stage


def told(stage: Stage) -> Told:
    return Told(stage.setting("models_table"), stage.client("dynamodb"))


def test_a_job_is_known_once_it_was_noted_and_no_other(stage: Stage) -> None:
    assert not told(stage).knows("job")

    told(stage).note("job", NOW_MS // 1000)

    assert told(stage).knows("job")
    assert not told(stage).knows("job-2")


def test_what_was_said_is_no_model_and_expires(stage: Stage) -> None:
    told(stage).note("job", NOW_MS // 1000)

    (item,) = stage.client("dynamodb").scan(TableName=stage.setting("models_table"))["Items"]

    assert stage.registry().entries() == []
    assert item == {MODELS.partition_key: {"S": TOLD}, MODELS.sort_key: {"S": "job"},
                    MODELS.ttl: {"N": str(NOW_MS // 1000 + TOLD_TTL_S)}}
