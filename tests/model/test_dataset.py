"""The replayed histories, beside what the live state folds from the same records."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import probe
from domain.erasure import Act, Forgotten, Mark
from domain.event import Batch, Event
from domain.features import EMPTY, fold_all
from domain.key import item_key, subject_hash
from domain.record import Position, Record, encode_log
from domain.vocabulary import EventType, Vocabulary
from model.dataset import Dataset, DatasetError, liked, read
from model.histories import History
from tests.model.scene import click, record, write_log

VOCABULARY = Vocabulary()
SILENT = {0, VOCABULARY.by_name["impression"].code}

# Few ids, items and times, so that repeats of every kind are common.
events = st.builds(
    Event, st.sampled_from([f"id-{n}" for n in range(30)]),
    st.sampled_from(["view", "click", "rate", "impression", "gone"]), st.sampled_from("abcde"),
    st.integers(1000, 1040), st.none() | st.integers(0, 5), context=st.none(),
    recommendation_id=st.none(), clamped=st.just(False), propensity=st.none())
batches = st.lists(st.lists(events, max_size=25), min_size=1, max_size=12)


def numbered(found: list[list[Event]]) -> list[Record]:
    """Users in turn, on one shard."""
    return [record(n, *batch, subject="ann" if n % 3 else "bob")
            for n, batch in enumerate(found, start=1)]


def by_user(found: Dataset) -> dict[str, History]:
    whole = found.histories
    return {whole.name(user): history for user, history in enumerate(whole)}


def histories(folder: Path, *objects: list[Record]) -> dict[str, History]:
    try:
        return by_user(read(write_log(folder, *objects), None, VOCABULARY))
    except DatasetError:
        return {}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@given(batches, st.randoms(use_true_random=False))
def test_order_and_duplicates_of_the_log_change_nothing(
    room: Path, found: list[list[Event]], chance: random.Random
) -> None:
    records = numbered(found)
    mixed = records + chance.choices(records, k=4)
    chance.shuffle(mixed)
    cut = chance.randrange(len(mixed))

    assert (histories(room / "mixed", mixed[:cut], mixed[cut:])
            == histories(room / "plain", records, []))


@given(batches)
def test_the_live_history_is_the_end_of_the_replayed_one(
    room: Path, found: list[list[Event]]
) -> None:
    records = numbered(found)

    replayed = histories(room / "live", records)

    for subject in ("ann", "bob"):
        mine = [r for r in records if r.batch.subject == subject]
        live = [e for e in fold_all(EMPTY, mine, VOCABULARY).history if e.type not in SILENT]
        whole = list(replayed.get(subject, ()))
        assert whole[len(whole) - len(live):] == live


def test_an_event_sent_again_with_a_later_time_is_one_event(tmp_path: Path) -> None:
    records = [record(1, click("a", 10, "x")), record(2, click("a", 99, "x"))]

    assert [e.at_ms for e in histories(tmp_path, records)["ann"]] == [10]


def test_the_whole_history_is_kept_beyond_what_live_state_holds(tmp_path: Path) -> None:
    records = [record(n, click(f"i{n}", n)) for n in range(1, 151)]

    assert len(histories(tmp_path, records)["ann"]) == 150


def test_silent_types_are_left_out_and_users_of_nothing_else_too(tmp_path: Path) -> None:
    log = write_log(tmp_path, [
        record(1, click("a", 1), click("b", 2, kind="impression"), click("c", 3, kind="gone")),
        record(2, click("d", 4, kind="impression"), subject="bob")])

    found = read(log, None, VOCABULARY)

    assert [e.item for e in by_user(found)["ann"]] == [item_key("a")]
    assert set(by_user(found)) == {"ann"}


def test_the_probe_teaches_nothing(tmp_path: Path) -> None:
    log = write_log(tmp_path, [
        record(1, click("a", 1)), record(2, click(probe.ITEM, 2), subject=probe.USER)])

    found = read(log, None, VOCABULARY)

    assert set(by_user(found)) == {"ann"}
    assert set(found.names.values()) == {"a"}


def test_what_a_session_did_is_its_users_wherever_the_log_says_so(tmp_path: Path) -> None:
    visit = record(1, click("a", 1), click("b", 5), subject="~visit")
    joins = Record(Position("s", 3), Batch("ann", 9, (), joins="~visit"))
    user = record(2, click("c", 3), subject="ann")
    other = record(4, click("d", 2), subject="~other")

    found = histories(tmp_path, [joins, other], [user, visit])

    assert {who: [entry.at_ms for entry in history] for who, history in found.items()} == {
        "ann": [1, 3, 5], "~other": [2]}


def test_the_forgotten_teach_nothing(tmp_path: Path) -> None:
    early, late = (Record(Position("s", n), Batch("ann", n, (click(f"i{n}", n),)))
                   for n in (5, 6))
    gone = record(7, click("x", 7), subject="bob")
    write_log(tmp_path, [early, late, gone])
    forgotten = Forgotten.of([Mark(subject_hash("ann"), 5, Act.FORGOTTEN),
                              Mark(subject_hash("bob"), 5)])

    found = read(tmp_path, None, VOCABULARY, forgotten=forgotten)

    assert {who: [entry.at_ms for entry in history] for who, history in by_user(found).items()
            } == {"ann": [6]}
    assert set(found.names.values()) == {"i6"}


def test_what_a_session_does_after_a_forgetting_is_still_its_users(tmp_path: Path) -> None:
    joins = Record(Position("s", 1), Batch("ann", 1, (), joins="~visit"))
    before, after = (Record(Position("s", n), Batch("~visit", n, (click(f"i{n}", n),)))
                     for n in (2, 9))
    write_log(tmp_path, [joins, before, after])
    marks = [Mark(subject_hash(who), 5, Act.FORGOTTEN) for who in ("ann", "~visit")]

    found = read(tmp_path, None, VOCABULARY, forgotten=Forgotten.of(marks))

    assert {who: [entry.at_ms for entry in history] for who, history in by_user(found).items()
            } == {"ann": [9]}


def test_a_declared_type_is_read(tmp_path: Path) -> None:
    log = write_log(tmp_path, [record(1, click("a", 1, kind="share"))])

    found = read(log, None, Vocabulary([EventType("share", 64, 2.0)]))

    assert by_user(found)["ann"][0].type == 64


def test_a_log_that_says_nothing_is_an_error(tmp_path: Path) -> None:
    log = write_log(tmp_path, [record(1, click("a", 1, kind="impression"))])

    with pytest.raises(DatasetError, match=str(tmp_path)):
        read(log, None, VOCABULARY)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nowhere"):
        read(tmp_path / "nowhere", None, VOCABULARY)


def test_a_torn_object_is_named(tmp_path: Path) -> None:
    whole = encode_log([record(1, click("a", 1))])
    (tmp_path / "torn.jsonl.gz").write_bytes(whole[:-9])

    with pytest.raises(DatasetError, match=r"torn\.jsonl\.gz: damaged"):
        read(tmp_path, None, VOCABULARY)


def test_a_damaged_catalogue_is_named(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", [record(1, click("a", 1))])
    (tmp_path / "catalog.npz").write_bytes(b"no npz")

    with pytest.raises(DatasetError, match=r"catalog\.npz: damaged"):
        read(log, tmp_path / "catalog.npz", VOCABULARY)


def test_only_the_named_objects_are_read(tmp_path: Path) -> None:
    log = write_log(tmp_path, [record(1, click("a", 1))], [record(2, click("b", 2))])

    found = read(log, None, VOCABULARY, [log / "0.jsonl.gz"])

    assert set(found.names.values()) == {"a"}


def test_what_was_disliked_is_read_and_not_liked(tmp_path: Path) -> None:
    log = write_log(tmp_path, [record(1, click("a", 1), click("b", 2, kind="dislike"))])

    (walk,) = read(log, None, VOCABULARY).histories

    assert [liked(entry, VOCABULARY) for entry in walk] == [True, False]


def test_rows_are_by_frequency_and_the_unlearned_come_last(
    planted_log: tuple[Path, Path]
) -> None:
    found = read(*planted_log, VOCABULARY)
    learned = found.histories.chosen(np.arange(5))
    learned = learned.ending(learned.starts + 3)

    index, n_learned = found.index(learned)

    counts = [sum(e.item == key for h in learned for e in h) for key in index.keys.tolist()]
    assert counts == sorted(counts, reverse=True)
    assert n_learned == sum(count > 0 for count in counts)
    assert set(index.keys.tolist()) == set(found.names)


def test_until_is_the_newest_event(tmp_path: Path) -> None:
    log = write_log(tmp_path, [record(1, click("a", 7)), record(2, click("b", 9), subject="bob")])

    assert read(log, None, VOCABULARY).histories.until_ms == 9
