"""The page of what was measured: the newest of every step, and what was to be reached."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.__main__ import STEPS
from bench.gates import GATES, gates
from bench.history import HISTORY, Measured, keep, newest
from bench.page import render
from bench.results import MANY, ONE

FOUND = {"ms": {"none": {"p50_ms": 1.0, "p99_ms": 2.0}}}


def measured(step: str, ms: float, date: str = "2026-01-01") -> Measured:
    return Measured(step, date, "abcdef0", "a machine", 0.4, {
        "items": int(step.split()[1]), "ms": {"none": {"p50_ms": ms, "p99_ms": 2 * ms}}})


def test_the_newest_measurement_of_a_step_counts(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    for ms in (1.0, 2.0):
        keep(measured("filtering 1000", ms), path)
    keep(measured("filtering 10", 3.0), path)

    found = newest(path)

    assert {step: one.found["ms"]["none"]["p50_ms"] for step, one in found.items()} == {
        "filtering 1000": 2.0, "filtering 10": 3.0}


def test_before_anything_was_measured_nothing_is_known(tmp_path: Path) -> None:
    assert newest(tmp_path / "none.jsonl") == {}


@given(st.builds(Measured, step=st.text(), date=st.text(), commit=st.text(), machine=st.text(),
                 load=st.floats(0, 100), found=st.dictionaries(st.text(), st.integers())))
def test_a_line_says_all_of_a_measurement(one: Measured) -> None:
    assert Measured.of(str(one)) == one


def test_sizes_stand_beside_each_other_with_the_day_of_each() -> None:
    steps = ["filtering 10", "filtering 1000", "never"]

    page = render({step: measured(step, 1.0, f"2026-01-0{n}")
                   for n, step in enumerate(steps[:2], 1)}, steps)

    assert "| p50 / p99 ms | 10 items | 1,000 items |" in page
    assert "2026-01-01, commit abcdef0, load 0; 2026-01-02, commit abcdef0, load 0." in page


SERVING = {"score_over_copy": 0.5, "handler_over_copy": 0.5, "peak_over_table": 0.5}


@pytest.mark.parametrize(("step", "found", "row"), [
    ("serving 1000000", SERVING | {"score_over_read": 2.0}, "1,000,000 items | 2 | 2 | yes |"),
    ("serving 1000000", SERVING | {"score_over_read": 2.01},
     "1,000,000 items | 2.01 | 2 | **no** |"),
    ("filtering 1000000", {"more_than_none_ms": {"half": 0.3, "rare": 0.4, "first: a": 9.0}},
     "CPU ms more, 1,000,000 | 0.4 | 0.5 | yes |"),
    ("quality time", {"metrics": {"torch": {"ndcg@10": 0.1}, "model": {"ndcg@10": 0.099}}},
     "% | 1 | 0.5 | **no** |"),
])
def test_a_gate_says_whether_it_was_reached(step: str, found: dict[str, Any], row: str) -> None:
    assert row in gates({step: found})


def test_every_gate_and_section_is_of_a_step() -> None:
    assert {gate.step for gate in GATES} <= set(STEPS)
    assert {step.partition(" ")[0] for step in STEPS} == {*MANY, *ONE}


def test_the_page_in_the_repository_is_made_of_the_history() -> None:
    assert Path("bench/results.md").read_text() == render(newest(HISTORY), STEPS)
