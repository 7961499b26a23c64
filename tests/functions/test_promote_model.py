"""A model serves only when it is whole, runs and is better; whatever else comes changes nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from domain.artifact import (
    CARD,
    CLUSTERS,
    CONTENT,
    ENCODER,
    FILES,
    GRAPH,
    ITEMS,
    MANIFEST,
    SCORER,
    SIGNATURE,
    TABLE,
    verify,
)
from domain.clusters import Clusters
from domain.key import item_key
from domain.recommender import Recommender
from functions.promote_model import SUPERSEDED, Job, consider
from functions.rolling import Room
from functions.scorer import Scorer, open_model
from functions.tries import Tries
from local.function import FunctionError
from tests.conftest import Trained
from tests.functions.artifacts import in_clusters, listed, now_ms, refused, variant
from tests.functions.faults import Faulty
from tests.functions.stage import Stage, archive, files_of, payload

NO_CAPACITY = ("CapacityError: Unable to provision requested ML compute capacity. "
               "Please retry using a different ML instance type.")  # in SageMaker's own words
TRIES = Tries.of("ml.g5.xlarge", "true")
ROOM = Room.of("true", "0", "1769")
OTHER_WORDS = "2026-02-02T00:00:00+00:00"  # makes another version of the same model


@pytest.fixture(scope="module")
def files(trained: Trained) -> dict[str, bytes]:
    """A good model."""
    return files_of(trained.folder)


@pytest.fixture
def serving(stage: Stage, files: dict[str, bytes]) -> Stage:
    """A good model was promoted."""
    assert stage.end_job("first", files)["promoted"]
    return stage


def test_a_good_model_is_placed_and_pointed_at(
    stage: Stage, files: dict[str, bytes], trained: Trained
) -> None:
    version = verify(trained.folder)

    answer = stage.end_job("first", files)

    assert answer == {"promoted": version, "refusals": []}
    assert {key.removeprefix(f"models/{version}/") for key in stage.keys("models/")} == {
        *FILES, CONTENT, MANIFEST, SIGNATURE}
    found = listed(stage)
    assert found["current"] == version
    assert found["models"][0]["metrics"]["model"]["ndcg@10"] > 0
    assert stage.counted("ModelsPromoted") == 1
    assert stage.counted("ModelsRefused") == 0


def test_a_model_in_clusters_is_placed_with_them_and_lists_are_the_same(
    stage: Stage, trained: Trained, tmp_path: Path
) -> None:
    version = in_clusters(trained.folder, tmp_path / "clusters")

    answer = stage.end_job("first", files_of(tmp_path / "clusters"))

    assert answer == {"promoted": version, "refusals": []}
    assert f"models/{version}/{CLUSTERS}" in stage.keys("models/")
    loaded = Scorer(stage.shelf(), stage.registry()).current(now_ms())
    assert loaded is not None
    assert named(loaded.recommender) == named(open_model(trained.folder))


def named(model: Recommender) -> list[str]:
    """What comes after the first item, best first."""
    base = model.base(np.zeros(len(model.index), np.float32), 0, np.zeros(0, np.int64))
    row = model.index.row(item_key("a0"))
    return [model.items.ids[found - 1] for found in model.similar(row, base, 5).rows]


def test_clusters_that_do_not_fit_the_table_are_refused(
    serving: Stage, trained: Trained, tmp_path: Path
) -> None:
    in_clusters(trained.folder, tmp_path / "clusters")
    other = Clusters(np.zeros((3, 5), np.float32), np.array([1, 9, 20, 49]))

    variant(tmp_path / "clusters", tmp_path / "broken", {CLUSTERS: other.to_bytes()})

    assert "cannot be opened" in refused(serving, files_of(tmp_path / "broken"))


def test_a_job_is_judged_once(serving: Stage, files: dict[str, bytes]) -> None:
    before = serving.registry().current()

    again = serving.end_job("first", files)

    assert again["promoted"] == listed(serving)["current"]
    assert serving.registry().current() == before
    assert serving.counted("ModelsPromoted") == 1


def test_a_rollback_outlives_a_second_telling_of_the_end(
    serving: Stage, files: dict[str, bytes], tmp_path: Path, trained: Trained
) -> None:
    first = listed(serving)["current"]
    other = files_of_variant(trained, tmp_path, created_at=OTHER_WORDS)
    assert serving.end_job("second", other, created_ms=now_ms())["promoted"]
    serving.call("PUT", "/models/current", {"version": first}, received_ms=now_ms() + 1)

    serving.end_job("second", other)

    assert listed(serving)["current"] == first


def files_of_variant(
    trained: Trained, folder: Path, files: dict[str, bytes] | None = None, **card: Any
) -> dict[str, bytes]:
    variant(trained.folder, folder / "variant", files, **card)
    return files_of(folder / "variant")


def metrics(trained: Trained, **changes: dict[str, float]) -> dict[str, dict[str, float]]:
    return {name: {**found, **changes.get(name, {})} for name, found in
            {**{name: {} for name in changes}, **trained.card.metrics}.items()}


WORSE = [
    ({"model": {"ndcg@10": 0.0}}, "not better than popularity"),
    ({"model": {"ndcg@10": float("nan")}}, "not better than popularity"),
    ({"covisitation": {"ndcg@10": 1.0}}, "not better than covisitation"),
    ({"current": {"ndcg@10": 1.0, "coverage": 0.1}}, "not better than current"),
    ({"current": {"ndcg@10": 0.0, "coverage": 9.0}}, "of the catalogue"),
    ({"torch": {"ndcg@10": 2.0}}, "quantization"),
]


@pytest.mark.parametrize(("changes", "reason"), WORSE, ids=range(len(WORSE)))
def test_a_model_that_is_not_better_is_refused(
    stage: Stage, trained: Trained, tmp_path: Path, changes: dict[str, dict[str, float]],
    reason: str,
) -> None:
    made = files_of_variant(trained, tmp_path, metrics=metrics(trained, **changes))

    assert reason in refused(stage, made)
    assert stage.counted("ModelsRefused") == 1


def test_a_job_that_brings_a_signature_of_its_own_is_signed_by_the_promoter_all_the_same(
    stage: Stage, files: dict[str, bytes]
) -> None:
    version = stage.end_job("first", {**files, SIGNATURE: b"believe me"})["promoted"]

    stage.shelf().check_model(version)
    assert Scorer(stage.shelf(), stage.registry()).current(now_ms()) is not None


BROKEN = [(ENCODER, b"no graph"), (SCORER, b""), (TABLE, b"short"), (GRAPH, b"PK\x03\x04"),
          (ITEMS, b""), (CARD, b"{}")]


def test_a_sealed_model_that_does_not_run_is_refused(
    serving: Stage, trained: Trained, tmp_path: Path
) -> None:
    for name, data in BROKEN:
        made = files_of_variant(trained, tmp_path / name, {name: data})

        assert refused(serving, made, f"job-{name}")


def test_a_model_measured_against_another_than_serves_is_refused(
    serving: Stage, trained: Trained, tmp_path: Path
) -> None:
    first = listed(serving)["current"]
    made = files_of_variant(trained, tmp_path, created_at=OTHER_WORDS)

    answer = serving.end_job("slow", made, created_ms=now_ms() - 3_600_000)

    assert answer == {"promoted": None, "refusals": [SUPERSEDED]}
    assert listed(serving)["current"] == first


def test_a_job_that_failed_is_written_down_with_its_reason(serving: Stage) -> None:
    before = serving.registry().current()

    answer = serving.cloud.by_verb["promote_model"].invoke(payload("sagemaker_training_job_failed"))

    reason = "AlgorithmError: too few events to learn from, exit code: 1"
    assert answer == {"promoted": None, "refusals": [reason]}
    assert listed(serving)["models"][0]["refusals"] == [reason]
    assert serving.registry().current() == before
    assert serving.counted("TrainingsFailed") == 1


@pytest.mark.parametrize(("number", "reason"), [
    ("", "AlgorithmError: too few events"), ("-6", NO_CAPACITY)])
def test_the_owner_is_told_once_of_a_training_that_failed_why_and_what_is_next(
    stage: Stage, number: str, reason: str
) -> None:
    heard, event = stage.listen(), payload("sagemaker_training_job_failed")
    event["detail"]["TrainingJobName"] += number
    event["detail"]["FailureReason"] = reason

    for _ in range(2):  # its end is told twice
        stage.cloud.by_verb["promote_model"].invoke(event)

    ((line, text),) = heard()
    job = event["detail"]["TrainingJobName"]
    assert line == f"Training failed: {job}"
    assert f"{job} left no model.\nReason: {reason}" in text
    assert "nothing more is tried" in text
    assert "GET /models" in text


def test_nobody_is_told_of_a_try_that_the_next_one_goes_on_with(stage: Stage) -> None:
    heard, event = stage.listen(), payload("sagemaker_training_job_failed")
    event["detail"]["FailureReason"] = NO_CAPACITY

    stage.cloud.by_verb["promote_model"].invoke(event)

    assert heard() == []


def test_a_message_that_cannot_be_sent_holds_up_nothing_and_is_sent_by_the_next_try(
    stage: Stage
) -> None:
    event, sns = payload("sagemaker_training_job_failed"), stage.client("sns")
    sns.delete_topic(TopicArn=stage.setting("alarm_topic"))

    with pytest.raises(FunctionError, match="NotFound"):
        stage.cloud.by_verb["promote_model"].invoke(event)
    made = sns.create_topic(Name=stage.setting("alarm_topic").rpartition(":")[2])
    heard = stage.listen()
    stage.cloud.by_verb["promote_model"].invoke(event)

    assert made["TopicArn"] == stage.setting("alarm_topic")
    assert len(heard()) == len(listed(stage)["models"]) == 1
    assert stage.counted("TrainingsFailed") == 1


def test_nobody_is_told_of_a_model_that_is_promoted(
    stage: Stage, files: dict[str, bytes]
) -> None:
    heard = stage.listen()

    stage.end_job("first", files)

    assert heard() == []


def test_a_trial_of_a_tuning_leaves_no_model_and_no_trace(serving: Stage) -> None:
    before = listed(serving)
    trial = serving.end_job("headwater-tune-05040302-001-0a1b2c3d", b"")

    assert trial == {"promoted": None, "refusals": ["a trial of a tuning leaves no model"]}
    assert listed(serving) == before


def test_a_job_that_was_stopped_says_so(stage: Stage) -> None:
    event = payload("sagemaker_training_job_failed")
    event["detail"] |= {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxRuntimeExceeded"}
    del event["detail"]["FailureReason"]

    answer = stage.cloud.by_verb["promote_model"].invoke(event)

    assert answer["refusals"] == ["MaxRuntimeExceeded"]


@pytest.mark.parametrize(("number", "counted"), [("", 0), ("-2", 0), ("-6", 1)])
def test_of_the_jobs_that_get_no_machine_the_last_alone_alarms(
    stage: Stage, number: str, counted: int
) -> None:
    event = payload("sagemaker_training_job_failed")
    event["detail"]["TrainingJobName"] += number
    event["detail"]["FailureReason"] = NO_CAPACITY

    answer = stage.cloud.by_verb["promote_model"].invoke(event)

    assert answer == {"promoted": None, "refusals": [NO_CAPACITY]}
    assert listed(stage)["models"][0]["refusals"] == [NO_CAPACITY]
    assert stage.counted("TrainingsFailed") == counted


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_an_archive_that_is_not_there_yet_is_a_failure_that_lambda_tries_again(
    stage: Stage,
) -> None:
    event = payload("sagemaker_training_job_state_change")

    with pytest.raises(FunctionError, match=r"404|NoSuchKey"):
        stage.cloud.by_verb["promote_model"].invoke(event)

    assert listed(stage)["models"] == []


# The calls of one promotion that write to the table: the judgement, and the pointer.
@pytest.mark.parametrize("failing", [0, 1])
@pytest.mark.parametrize("late", [False, True])
def test_a_try_that_broke_off_is_finished_by_the_next(
    stage: Stage, files: dict[str, bytes], failing: int, late: bool
) -> None:
    key = "staging/models/first/output/model.tar.gz"
    stage.shelf().put(key, archive(files))
    client = Faulty(stage.client("dynamodb"), {"put_item": [failing]}, late=late)
    job = Job("first", now_ms(), key)

    with pytest.raises(ClientError):
        consider(job, stage.shelf(), stage.registry(client), ROOM, TRIES, now_ms())
    entry = consider(job, stage.shelf(), stage.registry(), ROOM, TRIES, now_ms() + 1)

    current = stage.registry().current()
    assert current is not None
    assert current[0] == entry.version
    assert len(listed(stage)["models"]) == 1


def test_the_next_model_comes_to_some_users_first(
    serving: Stage, trained: Trained, tmp_path: Path
) -> None:
    first = listed(serving)["current"]

    second = serving.end_job("second", files_of_variant(trained, tmp_path, created_at=OTHER_WORDS),
                             created_ms=now_ms())

    found = listed(serving)
    assert found["current"] == first
    assert found["rollout"]["version"] == second["promoted"]
    assert (found["rollout"]["share"], found["rollout"]["sample"]) == (0.0, 0.05)
    sizes = {model["version"]: model["size_bytes"] for model in found["models"]}
    assert sizes[second["promoted"]] == sum(
        path.stat().st_size for path in (tmp_path / "variant").iterdir())


def test_a_model_that_was_rolled_back_stays_so_though_its_end_is_told_again(
    serving: Stage, trained: Trained, tmp_path: Path
) -> None:
    files = files_of_variant(trained, tmp_path, created_at=OTHER_WORDS)
    serving.end_job("second", files, created_ms=now_ms())
    pointer = serving.registry().pointer()
    assert pointer
    assert pointer.rollout
    serving.registry().leave(pointer, pointer.rollout, "it fails", now_ms() + 1)

    serving.end_job("second", files)

    assert listed(serving)["rollout"] is None
