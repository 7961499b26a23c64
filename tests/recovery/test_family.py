"""A user and their sessions out of the log: as the updater left them."""

from itertools import chain
from pathlib import Path

from domain.erasure import Forgotten
from domain.packing import pack
from functions.event_log import EventLog
from recovery.family import Family
from recovery.stack import Adapters
from tests.functions.stage import VOCABULARY, Stage
from tests.functions.test_manage_users import click, join, visit
from tests.recovery.stage import drop, rows, run

NOBODY = Forgotten.of(())


def live(stage: Stage) -> None:
    """One session is joined, another is not; who joins does things before and after."""
    click(stage, "lamp")
    visit(stage, "sofa", "rug")
    stage.cloud.drain()
    join(stage)
    stage.cloud.drain()
    visit(stage, "chair")
    click(stage, "desk", user_id="~other")
    click(stage, "bed")


def records(stage: Stage) -> Family:
    log = EventLog(stage.shelf())
    found = chain.from_iterable(found for _, found in log.read(log.objects())
                                if not isinstance(found, str))
    mine = [record for record in found if record.batch.subject in ("user-1", "~visit")]
    return Family.of(sorted(mine, key=lambda r: r.position.sequence), NOBODY)


def test_states_of_a_family_are_the_live_ones_byte_for_byte(stage: Stage) -> None:
    live(stage)

    family = records(stage)

    assert family.user == "user-1"
    assert {who: pack(state) for who, state in family.fold(VOCABULARY).items()} == {
        who: pack(stage.state(who)) for who in ("user-1", "~visit")}


def test_a_lost_table_of_joined_sessions_is_brought_back(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    live(stage)
    before = rows(stage.cloud, "users")

    drop(stage.cloud, "users")
    report = run(stage.cloud, tmp_path, "users")

    assert report.problems == []
    assert rows(stage.cloud, "users") == before


def test_a_rebuild_over_a_whole_table_changes_nothing(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    live(stage)
    before = rows(stage.cloud, "users")

    for _ in range(2):
        run(stage.cloud, tmp_path, "users")

    assert rows(stage.cloud, "users") == before
