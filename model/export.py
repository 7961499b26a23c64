"""A trained encoder -> the artifact's two ONNX graphs over one int8 item table.

Both graphs map the same `items.bin`: the encoder gathers from it, the scorer multiplies with it.
Weights are quantized to 7 of 8 bits (`reduce_range`), since full-range products saturate on AVX2
and not on arm64, and the answers would differ.
"""

import logging
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization.quant_utils import QuantType
from onnxruntime.quantization.quantize import quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn

from domain.artifact import ENCODER, SCORER, TABLE, TABLE_BLOCK
from domain.table import ZERO_POINT, Table
from model.network import ItemTower
from model.scorer_graph import OPSET, lies_in_table, scorer

logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it names every package it does without


def quantize_table(tower: ItemTower) -> Table:
    """Item vectors as uint8 (rows, D) with a float32 scale per row; rows fill whole blocks."""
    tower.eval()
    with torch.no_grad():
        vectors = tower(torch.arange(tower.identity.num_embeddings)).numpy()
    vectors = np.pad(vectors, ((0, -len(vectors) % TABLE_BLOCK), (0, 0)))
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-12) / 127
    values = np.rint(vectors / scales[:, None]) + ZERO_POINT
    return Table(values.astype(np.uint8), scales.astype(np.float32))


class ServingEncoder(nn.Module):
    """The encoder as it is served: rows in, gathered from the int8 table; users out."""

    def __init__(self, encoder: nn.Module, table: Table) -> None:
        super().__init__()
        self.encoder = encoder
        self.register_buffer("table", torch.from_numpy(table.values))
        self.register_buffer("scales", torch.from_numpy(table.scales))

    def forward(self, rows: Tensor, ages_s: Tensor, types: Tensor) -> Tensor:
        """rows, ages_s, types: (B, T) int64, no padding -> (B, D) float32."""
        values = self.get_buffer("table")[rows].float() - ZERO_POINT
        vectors = values * self.get_buffer("scales")[rows].unsqueeze(-1)  # (B, T, D)
        out: Tensor = self.encoder(vectors, ages_s, types, last_only=True)
        return out[:, 0]


def write_graphs(encoder: nn.Module, table: Table, window: int, folder: Path) -> None:
    """Write table, encoder and scorer into the artifact's folder."""
    with (folder / TABLE).open("wb") as file:
        table.values.tofile(file)
        table.scales.tofile(file)
    serving = ServingEncoder(encoder.eval(), table).eval()
    model = _quantized(full_precision(serving, window))
    _point_at_table(model, serving)
    onnx.save(model, folder / ENCODER)
    onnx.save(scorer(*table.values.shape), folder / SCORER)


def full_precision(serving: ServingEncoder, window: int) -> onnx.ModelProto:
    """The encoder as torch exports it: of any batch, and windows of any length up to `window`."""
    axes = {0: torch.export.Dim("B"), 1: torch.export.Dim("T", min=1, max=window)}
    # Sizes that meet nowhere else, so that the exporter takes no axis for another.
    example = tuple(torch.ones(3, window, dtype=torch.int64) for _ in range(3))
    with warnings.catch_warnings():  # of the exporter about itself; parity is what we check
        warnings.simplefilter("ignore")
        program: Any = torch.onnx.export(
            serving, example, dynamo=True, opset_version=OPSET, verbose=False,
            external_data=False, input_names=["rows", "ages_s", "types"], output_names=["user"],
            dynamic_shapes=(axes, axes, axes),
        )
    model: onnx.ModelProto = program.model_proto
    return model


def _quantized(model: onnx.ModelProto) -> onnx.ModelProto:
    with tempfile.TemporaryDirectory() as scratch:
        raw, clean, small, fused = (
            f"{scratch}/{name}.onnx" for name in ("raw", "clean", "small", "fused"))
        onnx.save(model, raw)
        quant_pre_process(raw, clean, skip_symbolic_shape=True)
        logging.disable(logging.WARNING)  # its advice to do what was done
        try:
            quantize_dynamic(clean, small, op_types_to_quantize=["MatMul"], per_channel=True,
                             reduce_range=True, weight_type=QuantType.QInt8,
                             extra_options={"MatMulConstBOnly": True})
        finally:
            logging.disable(logging.NOTSET)
        _fuse(small, fused)
        return onnx.load(fused)


def _fuse(small: str, fused: str) -> None:
    """Make the graph over once, as every session would that opens it, for half of its time.

    As far as machines do not differ. source: ONNX Runtime, "Graph Optimizations", online and
    offline mode.
    """
    runtime: Any = onnxruntime
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = fused
    runtime.InferenceSession(small, options, ["CPUExecutionProvider"])


def _point_at_table(model: onnx.ModelProto, serving: ServingEncoder) -> None:
    """Let the graph's copy of the table be the file instead."""
    offset = 0
    for name in ("table", "scales"):
        held = serving.get_buffer(name).numpy()
        # By content: of a small catalogue, a norm's weights have the shape of the scales.
        (found,) = (t for t in model.graph.initializer if tuple(t.dims) == held.shape
                    and t.data_type == helper.np_dtype_to_tensor_dtype(held.dtype)
                    and np.array_equal(numpy_helper.to_array(t), held))
        for kept in ("raw_data", "float_data", "int32_data", "external_data"):
            found.ClearField(kept)
        lies_in_table(found, offset, held.nbytes)
        offset += held.nbytes
