"""An owner hears of every lost job, and of each once unless nothing could note it."""

import pytest
from botocore.exceptions import ClientError

from functions.notices import Notices
from functions.owner import Loss, Owner, subject_of, text_of
from functions.told import Told
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, Stage

FIRST = "shop-20260131-030000"
LOST = [Loss(FIRST, "CapacityError: none"), Loss(f"{FIRST}-2", "ResourceLimitExceeded: 0")]


def owner(stage: Stage, **fails: list[int]) -> Owner:
    """Whose clients fail these calls."""
    sns, dynamodb = (Faulty(stage.client(name), dict(fails)) for name in ("sns", "dynamodb"))
    return Owner(Notices(stage.setting("alarm_topic"), sns),
                 Told(stage.setting("models_table"), dynamodb))  # type: ignore[arg-type]


def test_jobs_that_are_told_of_together_are_one_message(stage: Stage) -> None:
    heard = stage.listen()

    owner(stage).hear(LOST, NOW_MS)

    assert heard() == [(subject_of(LOST[-1]), text_of(LOST))]


def test_a_job_that_was_told_of_is_left_out_of_the_next_message(stage: Stage) -> None:
    heard = stage.listen()

    owner(stage).hear(LOST[:1], NOW_MS)
    owner(stage).hear(LOST, NOW_MS)

    assert [text for _, text in heard()] == [text_of(LOST[:1]), text_of(LOST[1:])]


def test_nothing_lost_is_nothing_said(stage: Stage) -> None:
    heard = stage.listen()

    owner(stage).hear([], NOW_MS)

    assert heard() == []


@pytest.mark.parametrize(("failing", "times"), [("publish", 1), ("put_item", 2)])
def test_a_message_that_failed_or_was_not_noted_is_sent_by_whoever_is_called_again(
    stage: Stage, failing: str, times: int
) -> None:
    heard = stage.listen()

    with pytest.raises(ClientError):
        owner(stage, **{failing: [0]}).hear(LOST[:1], NOW_MS)
    owner(stage).hear(LOST[:1], NOW_MS)

    assert len(heard()) == times


def test_the_longest_subject_is_one_that_sns_takes() -> None:
    line = subject_of(Loss("j" * 63, "why"))

    assert line.isascii()
    assert len(line) < 100
