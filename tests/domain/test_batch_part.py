"""Lines of a part, and an object of a batch without whoever is forgotten."""

import pytest
from jsonschema import Draft202012Validator

from domain.batch_part import BatchError, Part, line_of, listed, read_listed, read_part, without
from domain.batch_plan import listed_key, note_key, part_key
from domain.batch_schema import BATCH_LINE
from domain.erasure import Act, Forgotten, Mark
from domain.key import subject_hash

NOW_MS = 1_760_000_000_000
PLACE = {"item_id": "a", "rank": 1, "score": 0.5, "title": "A",
         "reasons": [{"signal": "taste", "share": 1.0, "because": ["b"]}]}
ANSWER = {"recommendation_id": "0" * 32, "source": "personal", "why": "so", "model": None,
          "rules": [], "items": [PLACE], "cursor": None, "experiments": {"mix": "a"}}


def part(*lines: tuple[str, int]) -> bytes:
    made = Part()
    for subject, at_ms in lines:
        made.add(line_of(subject, at_ms, ANSWER))
    assert made.lines == len(lines)
    return made.to_bytes()


def forgotten(*marks: tuple[str, int, Act]) -> Forgotten:
    return Forgotten.of(Mark(subject_hash(subject), at_ms, act) for subject, at_ms, act in marks)


def users(data: bytes) -> list[str]:
    return [line["user_id"] for line in read_part(data)]


def test_a_line_says_whose_and_when_and_leaves_out_what_a_page_shows() -> None:
    line = line_of("ann", NOW_MS, ANSWER)

    Draft202012Validator(BATCH_LINE).validate(line)
    assert line["items"] == [{name: PLACE[name] for name in
                              ("item_id", "rank", "score", "reasons")}]
    assert not {"why", "cursor", "title"} & line.keys()


def test_what_is_made_of_the_same_is_the_same() -> None:
    assert part(("ann", 1), ("ü", 2)) == part(("ann", 1), ("ü", 2))
    assert users(part(("ann", 1), ("ü", 2))) == ["ann", "ü"]
    assert users(part()) == []


def test_the_erased_are_taken_out_of_a_part_whenever_it_was_made() -> None:
    data = part(("ann", NOW_MS + 5), ("bob", NOW_MS + 5))

    kept, found = without(part_key("b", 0), data, forgotten(("ann", NOW_MS, Act.ERASED)))

    assert users(kept) == ["bob"]
    assert found == {subject_hash("ann"): 1}


def test_of_whoever_begins_anew_only_lists_of_before_are_taken_out() -> None:
    data = part(("ann", NOW_MS), ("ann", NOW_MS + 1))

    kept, found = without(part_key("b", 0), data, forgotten(("ann", NOW_MS, Act.FORGOTTEN)))

    assert [line["at_ms"] for line in read_part(kept)] == [NOW_MS + 1]
    assert found == {subject_hash("ann"): 1}


def test_the_erased_are_taken_out_of_lists_of_who_is_asked_for() -> None:
    data = listed(["ann", "bob"], NOW_MS)

    kept, found = without(listed_key("b", 0), data, forgotten(("ann", NOW_MS + 1, Act.ERASED)))

    assert read_listed(kept) == ["bob"]
    assert found == {subject_hash("ann"): 1}


@pytest.mark.parametrize("key", [part_key("b", 0), listed_key("b", 0), note_key("b", 0)])
def test_what_holds_nobody_forgotten_is_as_it_was(key: str) -> None:
    data = {part_key("b", 0): part(("bob", 1)), listed_key("b", 0): listed(["bob"], 1)}.get(
        key, b"anything")

    assert without(key, data, forgotten(("ann", NOW_MS, Act.ERASED))) == (data, {})


@pytest.mark.parametrize("key", [part_key("b", 0), listed_key("b", 0)])
def test_what_cannot_be_read_is_told_without_its_bytes(key: str) -> None:
    with pytest.raises(BatchError) as raised:
        without(key, b"\x1f\x8bann", forgotten())

    assert "ann" not in str(raised.value)
