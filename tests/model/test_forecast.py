"""The dry run: what it prints, and what it refuses to say."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from domain.artifact import CARD, ModelCard
from domain.vocabulary import Vocabulary
from local.planted import CONFIG
from model.config import TrainConfig
from model.cost import COST, ForecastError
from model.forecast import forecast, main
from model.run import Run
from tests.conftest import Trained


def given(monkeypatch: pytest.MonkeyPatch, trained: Trained, config: TrainConfig = CONFIG,
          **options: object) -> None:
    """What the command line says."""
    asked = {**config.to_hyperparameters(), "events": trained.events, "catalog": trained.catalog,
             **options}
    monkeypatch.setattr(sys, "argv", ["forecast", *(
        f"--{name.replace('_', '-')}={value}" for name, value in asked.items())])


def test_a_dry_run_tells_of_this_machine_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], trained: Trained
) -> None:
    before = set(Path.cwd().iterdir())
    given(monkeypatch, trained)

    main()

    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("local: ")
    assert "minutes at most" in first
    assert second.startswith("1,500 events, 48 items")
    assert set(Path.cwd().iterdir()) == before


def test_of_a_machine_that_was_measured_it_tells_dollars(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], trained: Trained,
    tmp_path: Path,
) -> None:
    cost = trained.card.config[COST] | {"instance": "ml.g5.xlarge"}
    card = trained.card._replace(config=trained.card.config | {COST: cost})
    (tmp_path / CARD).write_text(card.to_json())
    given(monkeypatch, trained, instance="ml.g5.xlarge", measured=tmp_path / CARD)

    main()

    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("ml.g5.xlarge: ")
    assert last.endswith(" on demand")


@pytest.mark.parametrize(("options", "reason"), [
    ({"instance": "ml.g5.xlarge"}, "--instance and --measured are given together"),
    ({"instance": "ml.g5.xlarge", "measured": "nowhere.json"}, "nowhere.json"),
    ({"epochs": 0}, "epochs: must lie between"),
])
def test_a_mistake_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, options: dict[str, object], reason: str
) -> None:
    given(monkeypatch, trained, **options)

    with pytest.raises(SystemExit, match="cannot foresee: .*" + reason):
        main()


def test_of_a_family_without_steps_nothing_is_foreseen(trained: Trained) -> None:
    assert isinstance(trained.card, ModelCard)
    run = Run(trained.events, Path(), replace(CONFIG, model="als"), Vocabulary())

    with pytest.raises(ForecastError, match="als takes no steps"):
        forecast(run)
