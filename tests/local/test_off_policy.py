"""What the log says of exploring otherwise, for people and for machines."""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.event import Batch, Event
from domain.record import Position, Record, encode_log
from local.off_policy import add_arguments, run, said

HOUR_MS = 3_600_000
NOW_MS = 4_083 * 120 * HOUR_MS  # where a day begins, and a period of five hours


def records(lists: int) -> Iterator[Record]:
    """Lists of two: one ranked, one explored of three of which the last is liked best."""
    chance = random.Random(4)
    for n in range(lists):
        item = chance.choices(range(3), (0.6, 0.3, 0.1))[0]
        odds, at_ms = (0.6, 0.3, 0.1)[item], NOW_MS + n * 10 * HOUR_MS // lists
        shown = [Event(f"{n}-{place}", "impression", name, at_ms, recommendation_id=f"list-{n}",
                       propensity=p)
                 for place, (name, p) in enumerate([("old", 1.0), (f"new-{item}", odds)])]
        clicks = [Event(f"{n}-click", "click", f"new-{item}", at_ms, recommendation_id=f"list-{n}")
                  ] if chance.random() < 0.1 * (item + 1) else []
        yield Record(Position("s", n), Batch(f"user-{n}", at_ms, (*shown, *clicks)))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    (folder / "one.jsonl.gz").write_bytes(encode_log(records(4_000)))
    return folder


def asked(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(arguments)


def test_machines_are_told_every_number(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(asked("--log", str(log), "--period-h", "5", "--json"))

    found = json.loads(capsys.readouterr().out)
    assert found["ranked"]["impressions"] == found["explored"]["impressions"] == 4_000
    assert found["explored"]["periods"] == 2
    for target, truth in (("evenly", 0.2), ("best known", 0.3)):
        low, high = found["targets"][target]["doubly robust"]["interval"]
        assert low < truth < high


def test_people_are_told_in_a_table(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(asked("--log", str(log)))

    told = capsys.readouterr().out
    assert "4,000 impressions of 3 items that were explored, in 1 periods" in told
    assert "| evenly | every item of the pool as often | snips | 0." in told
    assert "best known" not in told
    assert "Believe SNIPS" not in told
    assert "flag exploration=false tells" in told


def test_what_is_to_be_doubted_is_said() -> None:
    one = {"rate": 0.1, "interval": [0.0, 0.2], "effective": 9.0}
    found = {"ranked": {"impressions": 0, "rate": None}, "impossible": 3,
             "explored": {"impressions": 0, "items": 0, "periods": 0},
             "targets": {"evenly": {"weight": 0.5, "ips": one, "snips": None}}}

    told = said(found)

    assert "nothing is explored, or not told" in told
    assert "3 impressions carry odds that no list gives" in told
    assert "Weights are 0.50 on average" in told


def test_a_folder_without_a_log_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="Nothing can be said"):
        run(asked("--log", str(tmp_path)))
