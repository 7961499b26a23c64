"""The two graphs beside torch and numpy."""

import logging
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from domain.artifact import CLUSTERS, ENCODER, SCORER, TABLE, TABLE_BLOCK
from domain.blend import HIDDEN, Bias
from domain.row import RowIndex
from domain.runtime import Runtime
from domain.table import ZERO_POINT, Table
from domain.window import Window
from model.clusters import arrange
from model.config import TrainConfig
from model.export import ServingEncoder, full_precision, quantize_table, write_graphs
from tests.model.scene import network

WINDOW, WIDTH = 8, 32
CONFIG = TrainConfig(width=WIDTH, blocks=2, window=WINDOW)
COSINE = 0.99  # int8 products keep this much; the float32 graph is compared to 1e-5
Exported = tuple[Path, ServingEncoder, Table]


def export(folder: Path, config: TrainConfig, items: int) -> Exported:
    net = network(config, items).eval()
    table = quantize_table(net.tower)
    write_graphs(net.encoder, table, config.window, folder)
    return folder, ServingEncoder(net.encoder, table).eval(), table


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export(tmp_path_factory.mktemp("graphs"), CONFIG, 150)


@pytest.fixture(scope="module")
def runtime(exported: Exported) -> Runtime:
    folder, _, (values, _) = exported
    return Runtime(folder, onnxruntime, *values.shape)


def windows(batch: int, length: int, items: int = 150) -> list[Window]:
    chance = np.random.default_rng(batch + length)
    return [Window(chance.integers(1, items + 1, length),
                   np.sort(chance.integers(0, 10**7, length))[::-1],
                   chance.integers(0, 256, length)) for _ in range(batch)]


def plain(shared: np.ndarray) -> Bias:
    return Bias(shared, np.zeros(0, np.int64), np.zeros(0, np.float32))


def in_torch(serving: ServingEncoder, asked: list[Window]) -> np.ndarray:
    with torch.no_grad():
        out: torch.Tensor = serving(*(torch.from_numpy(np.stack(p))
                                      for p in zip(*asked, strict=True)))
    return out.numpy()


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("length", [1, 2, WINDOW])
def test_the_int8_encoder_answers_as_torch_does(
    exported: Exported, runtime: Runtime, batch: int, length: int
) -> None:
    asked = windows(batch, length)

    users = runtime.encode(asked)

    assert users.shape == (batch, WIDTH)
    assert (users * in_torch(exported[1], asked)).sum(axis=1).min() > COSINE


def test_a_start_finds_nothing_left_to_fuse(exported: Exported, tmp_path: Path) -> None:
    options: Any = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(tmp_path / "again.onnx")

    onnxruntime.InferenceSession(exported[0] / ENCODER, options, ["CPUExecutionProvider"])

    once, again = (onnx.load(path, load_external_data=False).graph.node for path in
                   (exported[0] / ENCODER, tmp_path / "again.onnx"))
    assert Counter(node.op_type for node in again) == Counter(node.op_type for node in once)


def test_the_full_precision_encoder_answers_as_torch_does() -> None:
    net = network(replace(CONFIG, blocks=1), 150).eval()
    serving = ServingEncoder(net.encoder, quantize_table(net.tower)).eval()

    graph = full_precision(serving, WINDOW).SerializeToString()

    session: Any = onnxruntime.InferenceSession(graph)  # type: ignore[attr-defined]
    for asked in (windows(1, 1), windows(8, 2), windows(1, WINDOW), windows(8, WINDOW)):
        feeds = dict(zip(("rows", "ages_s", "types"), map(np.stack, zip(*asked, strict=True)),
                         strict=True))
        np.testing.assert_allclose(session.run(None, feeds)[0], in_torch(serving, asked), atol=1e-5)


def test_a_user_is_the_same_alone_and_among_others(runtime: Runtime) -> None:
    asked = windows(8, WINDOW)

    together = runtime.encode(asked)

    alone = np.concatenate([runtime.encode([one]) for one in asked])
    assert (together * alone).sum(axis=1).min() > COSINE  # activations share a scale per batch


@pytest.mark.parametrize("k", [1, 10, 192])
@pytest.mark.parametrize("seed", range(5))
def test_the_best_rows_are_numpys(runtime: Runtime, k: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    (user,) = runtime.encode(windows(1, WINDOW)) * np.float32(20)
    bias = plain(chance.normal(size=192).astype(np.float32))
    every = runtime.score(user, bias, 192)
    exact = np.zeros(192, np.float32)
    exact[every[1]] = every[0]

    scores, rows = runtime.score(user, bias, k)

    assert sorted(every[1].tolist()) == list(range(192))
    assert rows.tolist() == np.argsort(-exact, kind="stable")[:k].tolist()
    np.testing.assert_array_equal(scores, exact[rows])
    np.testing.assert_allclose(exact, runtime.vectors(np.arange(192)) @ user + bias.shared,
                               atol=0.3)


def test_clusters_that_are_all_read_answer_as_the_graph_does(
    exported: Exported, tmp_path: Path
) -> None:
    """The graph's products round the user to a byte, which one that is made of bytes survives."""
    shutil.copytree(folder := exported[0], to := tmp_path / "clusters")
    made = arrange(exported[2], RowIndex(np.arange(150, dtype=np.uint64)),
                   TrainConfig(exact_items=0))
    assert made.clusters is not None
    (to / TABLE).write_bytes(made.table.values.tobytes() + made.table.scales.tobytes())
    (to / CLUSTERS).write_bytes(made.clusters.to_bytes())
    rows, width = made.table.values.shape
    chance = np.random.default_rng(6)
    user = np.append(chance.integers(-127, 128, width - 1), 127).astype(np.float32) / 127
    bias = plain(np.pad(chance.random(150, np.float32), (1, rows - 151),
                        constant_values=HIDDEN))

    exact = Runtime(to, onnxruntime, rows, width)
    found = Runtime(to, onnxruntime, rows, width, probes=len(made.clusters.centroids))

    for k in (1, 10, 150):
        wanted, answered = (runtime.score(user, bias, k) for runtime in (exact, found))
        assert answered[1].tolist() == wanted[1].tolist()
        assert answered[0] == pytest.approx(wanted[0], abs=1e-4)
    assert (folder / SCORER).read_bytes() == (to / SCORER).read_bytes()


def test_the_table_holds_every_vector_and_fills_whole_blocks() -> None:
    tower = network(CONFIG, 150).tower.eval()

    values, scales = quantize_table(tower)

    with torch.no_grad():
        vectors = tower(torch.arange(151)).numpy()
    assert len(values) % TABLE_BLOCK == 0
    back = (values.astype(np.float32) - ZERO_POINT) * scales[:, None]
    np.testing.assert_allclose(back[:151], vectors, atol=float(scales.max()) / 2 + 1e-6)
    assert np.count_nonzero(back[151:]) == 0
    assert np.count_nonzero(back[0]) == 0


@pytest.mark.parametrize("name", [ENCODER, SCORER])
def test_both_graphs_map_the_one_table(exported: Exported, name: str) -> None:
    folder, _, (values, scales) = exported

    graph = onnx.load(folder / name, load_external_data=False).graph

    outside = {(e["location"], e.get("offset"), e.get("length")) for t in graph.initializer
               if (e := {x.key: x.value for x in t.external_data})}
    n_bytes = values.size
    assert outside == {(TABLE, "0", str(n_bytes)), (TABLE, str(n_bytes), str(scales.nbytes))}
    assert (folder / TABLE).stat().st_size == n_bytes + scales.nbytes


def test_what_the_table_says_is_what_is_used(exported: Exported, tmp_path: Path) -> None:
    folder, _, (values, scales) = exported
    for name in (ENCODER, SCORER):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    turned = (2 * ZERO_POINT - values.astype(np.int64)).astype(np.uint8)  # every vector negated
    (tmp_path / TABLE).write_bytes(turned.tobytes() + scales.tobytes())

    before, other = (Runtime(f, onnxruntime, *values.shape) for f in (folder, tmp_path))

    asked, zero = windows(1, WINDOW), plain(np.zeros(len(values), np.float32))
    (user,) = before.encode(asked)
    assert not np.allclose(other.encode(asked)[0], user, atol=0.05)
    assert before.score(user, zero, 1)[1] != other.score(user, zero, 1)[1]


def test_a_catalogue_whose_scales_look_like_weights_is_exported_right(tmp_path: Path) -> None:
    folder, serving, (values, _) = export(tmp_path, TrainConfig(window=WINDOW, blocks=1), 40)
    assert values.shape == (64, 64)  # the norms' weights have the shape of the scales

    users = Runtime(folder, onnxruntime, 64, 64).encode(asked := windows(4, WINDOW, 40))

    assert (users * in_torch(serving, asked)).sum(axis=1).min() > COSINE


def test_other_loggers_still_speak() -> None:
    assert logging.getLogger().isEnabledFor(logging.WARNING)
