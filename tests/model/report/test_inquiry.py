"""The report of a real model of the planted log, by the command that an owner would type."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from domain.artifact import CARD, TABLE, ModelCard
from model.assemble import seal
from model.report.__main__ import DATA, PAGE, main
from model.report.inquiry import ReportError, attributes_of, config_of
from model.report.words import ACCURACY, BEYOND
from tests.conftest import Trained


def told(folder: Path, out: Path, changes: dict[str, Any]) -> Path:
    """A copy of a model whose card says other things of its config; None takes one away."""
    shutil.copytree(folder, out)
    card = ModelCard.from_json((out / CARD).read_text())
    card.config.update(changes)
    for name in [name for name, value in changes.items() if value is None]:
        del card.config[name]
    seal(out, card)
    return out


def options(trained: Trained, out: Path, *more: str | Path) -> list[str]:
    return ["--model", str(trained.folder), "--events", str(trained.events), "--catalog",
            str(trained.catalog), "--out", str(out), *map(str, more)]


@pytest.fixture(scope="module")
def made(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("report")
    left_out = told(trained.folder, root / "left-out", {"leave_one_out": True})
    users = root / "users.csv"
    users.write_text("user_id,plan\n" + "".join(
        f"user-{n},{'paid' if n % 2 else 'free'}\n" for n in range(100)))
    main(options(trained, root, "--current", trained.folder, "--leave-one-out", left_out,
                 "--users", users))
    assert (root / PAGE).read_text().startswith("<!doctype html>")
    found: dict[str, Any] = json.loads((root / DATA).read_text())
    return found


def test_the_report_says_of_accuracy_what_the_card_says(
    made: dict[str, Any], trained: Trained
) -> None:
    by_time, left_out = made["studies"]

    assert (by_time["protocol"], left_out["protocol"]) == ("time", "leave-one-out")
    assert by_time["cases"] == trained.card.metrics["model"]["cases"]
    for ranker in ("model", "covisitation", "popularity"):
        for metric in ("ndcg@10", "hr@10", "mrr@10"):
            assert by_time["accuracy"][ranker][metric]["value"] == pytest.approx(
                trained.card.metrics[ranker][metric])
        assert by_time["beyond"][ranker]["coverage"]["value"] == pytest.approx(
            trained.card.metrics[ranker]["coverage"])


def test_every_figure_has_its_words_and_every_word_its_figure(made: dict[str, Any]) -> None:
    for study in made["studies"]:
        for scores in study["accuracy"].values():
            assert {name.partition("@")[0] for name in scores} == set(ACCURACY)
        for scores in study["beyond"].values():
            assert set(scores) == set(BEYOND)


def test_a_model_is_not_better_than_itself(made: dict[str, Any]) -> None:
    duels = {(duel["rival"], duel["metric"]): duel for duel in made["studies"][0]["duels"]}

    assert duels["current", "ndcg@10"]["p_value"] == 1.0
    assert duels["popularity", "ndcg@10"]["p_value"] < 0.01


def test_the_course_of_the_training_is_told(made: dict[str, Any], trained: Trained) -> None:
    assert [epoch for epoch, _, _ in made["epoch_log"]] == list(
        range(1, len(trained.card.config["epoch_log"]) + 1))


def test_windows_hold_all_cases_of_the_test(made: dict[str, Any]) -> None:
    by_time, left_out = ({group["name"]: group["rows"] for group in study["groups"]}
                         for study in made["studies"])

    assert sum(row["cases"] for row in by_time["age"]) == made["studies"][0]["cases"]
    assert "age" not in left_out


def test_a_model_of_an_earlier_version_has_a_report_without_what_its_card_lacks(
    trained: Trained, tmp_path: Path
) -> None:
    missing = dict.fromkeys(("epoch_log", "leave_one_out", "graph_alone", "exact_items"))
    old = told(trained.folder, tmp_path / "old", missing)

    main(options(trained, tmp_path, "--model", old, "--cases", "20"))

    found = json.loads((tmp_path / DATA).read_text())
    assert found["epoch_log"] == []
    assert found["studies"][0]["cases"] <= 20


def test_models_are_not_asked_about_what_they_learned(trained: Trained, tmp_path: Path) -> None:
    left_out = told(trained.folder, tmp_path / "left-out", {"leave_one_out": True})

    for asked in (("--model", left_out), ("--current", left_out),
                  ("--leave-one-out", trained.folder)):
        with pytest.raises(SystemExit, match=r"cannot report: .* asked about what it learned"):
            main(options(trained, tmp_path, *asked))


def test_a_current_model_that_is_broken_is_noted_and_a_broken_model_refused(
    trained: Trained, tmp_path: Path
) -> None:
    broken = shutil.copytree(trained.folder, tmp_path / "broken")
    (broken / TABLE).unlink()

    main(options(trained, tmp_path, "--current", broken, "--cases", "20"))

    assert "items.bin is missing" in json.loads((tmp_path / DATA).read_text())["notes"][0]
    with pytest.raises(SystemExit, match=r"cannot report: items\.bin is missing"):
        main(options(trained, tmp_path, "--model", broken))


def test_a_log_that_ends_before_the_models_is_noted(trained: Trained, tmp_path: Path) -> None:
    later = shutil.copytree(trained.folder, tmp_path / "later")
    fields = json.loads((later / CARD).read_text())
    fields["trained_until_ms"] += 1
    seal(later, ModelCard.from_json(json.dumps(fields)))

    main(options(trained, tmp_path, "--model", later, "--cases", "20"))

    assert "may have learned what it is asked" in (tmp_path / PAGE).read_text()


@pytest.mark.parametrize("data", [
    b"user,plan\nann,paid\n", b'"user_id\n', b"", b"user_id,plan\nann,paid,30s\n",
    b"user_id,plan\nann,\xff\n", None,
])
def test_what_is_no_file_of_users_is_refused_by_its_name(
    tmp_path: Path, data: bytes | None
) -> None:
    path = tmp_path / "users.csv"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(ReportError, match=r"users\.csv: no CSV of users with a column user_id"):
        attributes_of(path)


def test_columns_of_users_are_what_tells_them_apart(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("user_id,plan,age\nann,paid,30s\nbob,free\n")

    assert attributes_of(path) == {"plan": {"ann": "paid", "bob": "free"},
                                   "age": {"ann": "30s", "bob": ""}}
    assert attributes_of(None) == {}


def test_a_config_is_read_from_the_card(trained: Trained) -> None:
    assert config_of(trained.card).window == trained.card.config["window"]
