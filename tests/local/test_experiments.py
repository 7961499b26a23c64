"""What runs is reported from a log, for people and for machines."""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.event import Batch, Event
from domain.experiment import Experiments
from domain.key import item_key
from domain.record import Position, Record, encode_log
from domain.teams import A, B, Slot, tail
from local.experiments import add_arguments, run, setting, told

STARTS_MS = 1_767_571_200_000
SETTING = json.dumps([{
    "name": "more-graph", "starts": "2026-01-05T00:00:00Z", "variants": [
        {"name": "control", "share": 0.5},
        {"name": "graph", "share": 0.5, "weights": {"graph": 6}}]}])
EXPERIMENT = Experiments.from_json(SETTING).named("more-graph")


def records(users: int, lift: float) -> Iterator[Record]:
    """Users who see a list and click on what they like, those of the variant more."""
    chance = random.Random(4)
    for n in range(users):
        subject = f"user-{n}"
        variant = EXPERIMENT.variant_of(subject)
        assert variant is not None
        clicks = 8 + 4 * lift * (variant.name == "graph") + chance.random() * 4
        events = [Event(f"{n}-0", "impression", "lamp", STARTS_MS, recommendation_id="list"),
                  *(Event(f"{n}-{c}", "click", "lamp", STARTS_MS + c)
                    for c in range(1, round(clicks)))]
        yield Record(Position("s", n), Batch(subject, STARTS_MS, tuple(events)))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    (folder / "one.jsonl.gz").write_bytes(encode_log(records(600, 0.5)))
    return folder


def asked(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(["report", *arguments])


def test_machines_are_told_every_number(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(asked("more-graph", "--log", str(log), "--setting", SETTING, "--json",
              "--window-days", "1"))

    (found,) = json.loads(capsys.readouterr().out)
    assert (found["experiment"], found["metric"], found["window_days"]) == (
        "more-graph", "clicks", 1)
    assert found["variants"][1]["beside_control"]["lift"] == pytest.approx(0.2, abs=0.05)
    assert sum(variant["users"] for variant in found["variants"]) == 600


def test_people_are_told_in_a_table(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(asked("--log", str(log), "--setting", SETTING))

    said = capsys.readouterr().out
    assert "more-graph, since 2026-01-05T00:00+00:00: clicks within 7 days" in said
    assert "| graph | 50% |" in said
    assert " * |" in said
    assert "ALARM" not in said


def test_an_interleaving_is_told_by_whose_picks_are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    duel = json.dumps([{**json.loads(SETTING)[0], "kind": "interleaving"}])
    (tmp_path / "one.jsonl.gz").write_bytes(encode_log(drafted(150)))

    run(asked("--log", str(tmp_path), "--setting", duel))
    for_people = capsys.readouterr().out
    run(asked("--log", str(tmp_path), "--setting", duel, "--json"))

    (found,) = json.loads(capsys.readouterr().out)
    assert (found["metric"], found["lists"], found["variants"][1]["won"]) == ("clicks", 150, 100)
    assert "control and graph in one list; clicks within 7 days" in for_people
    assert "| graph | 100 | 100 |" in for_people
    assert "graph is preferred by 66.7% of users" in for_people
    with pytest.raises(SystemExit, match="more-graph interleaves"):
        run(asked("--log", str(tmp_path), "--setting", duel, "--metric", "value"))


def drafted(users: int) -> Iterator[Record]:
    """Users of whom two thirds click on what the variant picked, the rest on the control's."""
    for n in range(users):
        list_id = f"{n:032x}"
        slots = [Slot(item_key("lamp"), A if n % 3 == 0 else B)]
        click = Event(f"{n}", "click", "lamp", STARTS_MS,
                      recommendation_id=list_id + tail(list_id, "more-graph", slots))
        yield Record(Position("s", n), Batch(f"user-{n}", STARTS_MS, (click,)))


def test_what_is_to_be_doubted_is_said() -> None:
    beside = {"difference": 1.0, "interval": [0.5, 1.5], "interval_of_one_look": [0.8, 1.2],
              "lift": None, "p": 0.2, "is_different": False, "variance_kept": 0.5}
    variants: list[dict[str, Any]] = [
        {"name": "a", "share": 0.5, "exposed": 90, "users": 9, "mean": None,
         "beside_control": None},
        {"name": "b", "share": 0.5, "exposed": 900, "users": 900, "mean": 1.0,
         "beside_control": beside}]

    said = told({"experiment": "one", "starts": "then", "metric": "value", "window_days": 7.0,
                 "variants": variants, "crossed": 3,
                 "sample_ratio": {"p": 1e-9, "alarm": True}})

    assert "ALARM: groups are not of the sizes" in said
    assert "fewer than 100 users" in said
    assert "3 sessions became users" in said
    assert "+1 (not in parts) | +0.5 to +1.5" in said
    assert "leaves 50% of the variance" in said


@pytest.mark.parametrize(("arguments", "reason"), [
    (["more-graph", "--setting", "[]"], "no 'more-graph'"), (["--setting", "{"], "experiments: "),
    (["--setting", SETTING, "--data", "/nowhere"], "holds no event log")])
def test_what_cannot_be_said_is_said(arguments: list[str], reason: str) -> None:
    with pytest.raises(SystemExit, match=f"Nothing can be said: .*{reason}"):
        run(asked(*arguments))


def test_where_nothing_runs_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    run(asked("--setting", "[]"))

    assert capsys.readouterr().out == "No experiment runs.\n"
    assert Experiments.from_json(setting())
