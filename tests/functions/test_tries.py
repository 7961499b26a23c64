"""One training, several jobs: what is asked for next, and when nothing is."""

import pytest

from functions.tries import SCARCE, Machine, Tries, reason_of
from tests.functions.stage import payload

FIRST = "shop-20260131-030000"
BOTH = Tries.of("ml.g5.xlarge,ml.m5.2xlarge", "true")


def test_each_type_is_asked_for_at_the_price_of_spot_and_then_in_full() -> None:
    assert BOTH.machines == (
        Machine("ml.g5.xlarge", True), Machine("ml.g5.xlarge", False),
        Machine("ml.m5.2xlarge", True), Machine("ml.m5.2xlarge", False))


def test_who_wants_no_spot_has_each_type_once() -> None:
    assert Tries.of("ml.g5.xlarge,ml.m5.2xlarge", "false").machines == (
        Machine("ml.g5.xlarge", False), Machine("ml.m5.2xlarge", False))


def test_jobs_are_numbered_and_know_where_the_first_one_left_its_work() -> None:
    assert [(t.name, t.first) for t in BOTH.starting(FIRST)] == [
        (FIRST, FIRST), (f"{FIRST}-2", FIRST), (f"{FIRST}-3", FIRST), (f"{FIRST}-4", FIRST)]


@pytest.mark.parametrize("reason", SCARCE)
def test_without_a_machine_whatever_comes_after_is_tried(reason: str) -> None:
    left = [BOTH.after(job.name, f"{reason}: as told") for job in BOTH.starting(FIRST)]

    assert left == [BOTH.starting(FIRST)[n:] for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("reason", [
    "", "Stopped", "MaxRuntimeExceeded", "InternalServerError: again",
    "AlgorithmError: CapacityError, exit code: 1"])
def test_whoever_had_a_machine_is_not_tried_again(reason: str) -> None:
    assert BOTH.after(FIRST, reason) == []


@pytest.mark.parametrize("job", ["by-hand", f"{FIRST}-5", f"{FIRST}-99"])
def test_a_job_that_is_none_of_these_is_not_followed(job: str) -> None:
    assert BOTH.after(job, "CapacityError") == []


@pytest.mark.parametrize(("told", "reason"), [
    ({"TrainingJobStatus": "Completed"}, ""),
    ({"TrainingJobStatus": "Failed", "FailureReason": "CapacityError: a"}, "CapacityError: a"),
    ({"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxWaitTimeExceeded"},
     "MaxWaitTimeExceeded"),
    ({"TrainingJobStatus": "Stopped"}, "Stopped")])
def test_the_end_of_a_job_says_why(told: dict[str, str], reason: str) -> None:
    assert reason_of(told) == reason


def test_a_recorded_failure_says_why_in_the_jobs_own_words() -> None:
    detail = payload("sagemaker_training_job_failed")["detail"]

    assert reason_of(detail) == "AlgorithmError: too few events to learn from, exit code: 1"
