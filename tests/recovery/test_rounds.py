"""The table is filled while the updater writes it, and while the log is behind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.erasure import mark_of
from domain.features import EMPTY, fold_all
from infra.promises import LOG_LAG_S
from local.cloud import Cloud
from recovery.report import Report
from recovery.rounds import MAX_ROUNDS, SETTLE_S, Rounds
from recovery.scratch import Scratch
from recovery.stack import Adapters
from recovery.users import Outcome
from tests.functions.stage import NOW_MS, VOCABULARY, Stage, record
from tests.recovery.stage import write_log

USER = "user-1"
FOUND = [record(n, USER, f"item-{n}") for n in range(8)]
WHOLE = fold_all(EMPTY, FOUND, VOCABULARY)


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path / "log.sqlite")


def rounds(
    opened: Adapters, scratch: Scratch, wait: Callable[[float], None] = lambda _: None, *,
    overwrite: bool = False,
) -> Report:
    report = Report()
    Rounds(opened, scratch, report, overwrite, wait).run()
    return report


def test_what_the_updater_gave_up_on_is_found_in_the_log_that_comes_late(
    stage: Stage, opened: Adapters, scratch: Scratch
) -> None:
    write_log(stage.cloud, "1", FOUND[:3])
    waited = []

    def go_on(seconds: float) -> None:
        """Record 3 came before the table; the updater goes on with 4, and the log tells both."""
        waited.append(seconds)
        if len(waited) == 1:
            stage.deliver("update_user_features", FOUND[4:6])
            write_log(stage.cloud, "2", FOUND[3:6])

    report = rounds(opened, scratch, go_on)

    assert stage.state(USER) == fold_all(EMPTY, FOUND[:6], VOCABULARY)
    assert (report.problems, waited) == ([], [SETTLE_S])


def test_a_user_of_whom_the_log_is_behind_waits_for_it(
    stage: Stage, opened: Adapters, scratch: Scratch
) -> None:
    write_log(stage.cloud, "1", FOUND[:3])
    stage.deliver("update_user_features", FOUND[3:])
    waited = []

    def go_on(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            write_log(stage.cloud, "2", FOUND[3:])

    report = rounds(opened, scratch, go_on)

    assert stage.state(USER) == WHOLE
    assert (report.problems, len(waited)) == ([], 3)


def test_who_is_never_caught_up_with_is_told_of_and_waits_in_the_file(
    stage: Stage, opened: Adapters, scratch: Scratch
) -> None:
    write_log(stage.cloud, "1", FOUND[:3])
    stage.deliver("update_user_features", FOUND[3:])
    waited: list[float] = []

    report = rounds(opened, scratch, waited.append)

    assert len(waited) == MAX_ROUNDS - 1
    assert report.problems[0].startswith("1 users")
    write_log(stage.cloud, "2", FOUND[3:])
    assert rounds(opened, scratch).problems == []
    assert stage.state(USER) == WHOLE


def test_whose_events_never_come_is_what_the_log_says_where_that_is_asked_for(
    stage: Stage, opened: Adapters, scratch: Scratch
) -> None:
    write_log(stage.cloud, "1", FOUND[:3])
    stage.deliver("update_user_features", FOUND)
    waited: list[float] = []

    report = rounds(opened, scratch, waited.append, overwrite=True)

    assert (report.problems, len(waited)) == ([], MAX_ROUNDS - 1)
    assert report.counts[Outcome.CUT] == 1
    assert stage.state(USER) == fold_all(EMPTY, FOUND[:3], VOCABULARY)


def test_a_log_of_two_shards_of_which_the_older_comes_late_brings_all_back(
    stage: Stage, opened: Adapters, scratch: Scratch
) -> None:
    moved = [record(n, USER, f"item-{n}", shard_id=f"shardId-00000000000{n // 3}")
             for n in range(5)]
    write_log(stage.cloud, "1", [*moved[:2], *moved[3:]])
    stage.deliver("update_user_features", moved[2:])  # the table was lost at 2

    report = rounds(opened, scratch, lambda _: write_log(stage.cloud, "2", moved[2:3]))

    assert report.problems == []
    assert stage.state(USER) == fold_all(EMPTY, moved, VOCABULARY)


def test_a_round_waits_for_the_slowest_log_that_raises_no_alarm(cloud: Cloud) -> None:
    writer = cloud.template.resources("AWS::Lambda::Function")[
        cloud.by_verb["write_event_log"].name]

    assert LOG_LAG_S + writer["Timeout"] <= SETTLE_S


def test_an_erasure_between_two_rounds_is_heeded(
    stage: Stage, opened: Adapters, scratch: Scratch
) -> None:
    write_log(stage.cloud, "1", FOUND[:3])

    def go_on(_: float) -> None:
        assert stage.state(USER) != EMPTY
        opened.shelf.put(mark_of(USER, NOW_MS), b"")  # and the function ended before the table
        write_log(stage.cloud, "2", FOUND[3:])

    rounds(opened, scratch, go_on)

    assert opened.users.is_erased(USER, consistent=True)
    assert stage.state(USER) == EMPTY


def test_who_was_erased_is_gone_before_the_first_wait_and_after_the_last(
    stage: Stage, opened: Adapters, scratch: Scratch
) -> None:
    opened.shelf.put(mark_of(USER, NOW_MS), b"")
    opened.users.put_attributes(USER, {"segment": "of the backup"})
    waited: list[bool] = []

    def go_on(_: float) -> None:
        waited.append(opened.users.get_attributes(USER) == {}
                      and opened.users.is_erased(USER, consistent=True))
        opened.shelf.put(mark_of("other", NOW_MS), b"")
        opened.users.put_attributes("other", {"segment": "put by somebody meanwhile"})

    report = rounds(opened, scratch, go_on)

    assert (waited, report.problems) == ([True], [])
    assert opened.users.is_erased("other", consistent=True)
    assert opened.users.get_attributes("other") == {}


def test_a_strange_mark_is_told_of_once(opened: Adapters, scratch: Scratch) -> None:
    opened.shelf.put("erasures/strange", b"")

    assert rounds(opened, scratch).problems == [
        "passed over: erasures/strange is no mark of an erasure"]
