"""What a training tells while it goes can be read by TensorBoard, and by MLflow if it is named."""

import logging
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tensorboardX.proto.event_pb2 import Event

from domain.artifact import ModelCard
from model.config import TrainConfig
from model.fit import Epoch
from model.tracking import EXPERIMENT, TrackingError, tracking
from tests.conftest import Trained

CONFIG = TrainConfig(epochs=2)
EPOCHS = [Epoch(1, 2.5, 0.1, 0.004), Epoch(2, 1.5, 0.2, 0.001)]


def events(folder: Path) -> list[Event]:
    """What a folder's files hold: each record is its length, a check sum, itself, a check sum."""
    found = []
    for path in sorted(folder.rglob("events.out.tfevents.*")):
        data, at = path.read_bytes(), 0
        while at < len(data):
            size = int.from_bytes(data[at:at + 8], "little")
            found.append(Event.FromString(data[at + 12:at + 12 + size]))
            at += 16 + size
    return found


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    told: dict[str, list[tuple[int, float]]] = {}
    for event in events(folder):
        for value in event.summary.value:
            if value.HasField("simple_value"):
                told.setdefault(value.tag, []).append(
                    (event.step, pytest.approx(value.simple_value, abs=1e-6)))
    return told


def told_all(card: ModelCard, logs: Path | None = None, mlflow: str = "") -> None:
    with tracking(CONFIG, logs, mlflow, "a-run") as tracker:
        for one in EPOCHS:
            tracker.epoch(one)
        tracker.card(card)


def client_of(uri: str) -> Any:
    """Imported once a run said that it shall tell nobody else."""
    return import_module("mlflow").MlflowClient(uri)


@pytest.fixture
def server(tmp_path: Path) -> str:
    return f"file:{tmp_path / 'runs'}"


def only_run(uri: str) -> Any:
    client = client_of(uri)
    (experiment,) = [one for one in client.search_experiments() if one.name == EXPERIMENT]
    (run,) = client.search_runs([experiment.experiment_id])
    return run


def test_epochs_and_the_test_are_in_files_of_tensorboard(trained: Trained, tmp_path: Path) -> None:
    told_all(trained.card, tmp_path)

    found = scalars(tmp_path)
    assert found["loss"] == [(1, 2.5), (2, 1.5)]
    assert found["validation/ndcg_at_10"] == [(1, 0.1), (2, 0.2)]
    assert found["learning_rate"] == [(1, 0.004), (2, 0.001)]
    assert found["test/model/ndcg_at_10"] == [(0, trained.card.metrics["model"]["ndcg@10"])]
    parts = [value.metadata.plugin_data for event in events(tmp_path)
             for value in event.summary.value]
    assert any(part.plugin_name == "hparams" and b"learning_rate" in part.content
               for part in parts)


def test_an_mlflow_folder_is_told_the_same(trained: Trained, server: str) -> None:
    told_all(trained.card, mlflow=server)

    run = only_run(server)
    assert run.info.run_name == "a-run"
    assert run.info.status == "FINISHED"
    assert run.data.params["learning_rate"] == str(CONFIG.learning_rate)
    assert run.data.metrics["loss"] == 1.5
    assert run.data.metrics["test/model/ndcg_at_10"] == trained.card.metrics["model"]["ndcg@10"]
    assert run.data.tags["git_revision"] == trained.card.git_revision
    history = client_of(server).get_metric_history(run.info.run_id, "validation/ndcg_at_10")
    assert [(one.step, one.value) for one in history] == [(1, 0.1), (2, 0.2)]


def test_a_second_run_joins_the_first_ones_experiment(trained: Trained, server: str) -> None:
    told_all(trained.card, mlflow=server)

    told_all(trained.card, mlflow=server)

    client = client_of(server)
    known = client.get_experiment_by_name(EXPERIMENT)
    assert known
    assert len(client.search_runs([known.experiment_id])) == 2


def test_a_training_that_breaks_is_told_of_as_failed(tmp_path: Path, server: str) -> None:
    with pytest.raises(ZeroDivisionError), tracking(CONFIG, tmp_path / "logs", server, "a-run"):
        raise ZeroDivisionError

    assert only_run(server).info.status == "FAILED"
    assert "failed" in str([value.tensor for event in events(tmp_path / "logs")
                            for value in event.summary.value])


def test_what_cannot_be_told_later_costs_no_training(
    trained: Trained, server: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), tracking(CONFIG, None, server, "a-run") as tracker:
        client_of(server).delete_run(only_run(server).info.run_id)

        tracker.epoch(EPOCHS[0])

    assert "MLflow was not told" in caplog.text


def test_a_server_that_is_none_ends_the_run_before_it_begins() -> None:
    with (pytest.raises(TrackingError, match="mlflow: gopher://x does not answer"),
          tracking(CONFIG, None, "gopher://x", "a-run")):
        pass


def test_without_the_package_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)  # as where it is not installed

    with (pytest.raises(TrackingError, match="install mlflow-skinny"),
          tracking(CONFIG, None, server, "a-run")):
        pass


def test_nobody_need_be_told(trained: Trained) -> None:
    told_all(trained.card)
