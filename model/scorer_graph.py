"""The graph that scores the whole catalogue for one user: user . table + bias, then the k best.

The best lie, exactly, in the k blocks of best maxima. The table is cut into parts that are scored
one after the other: a session packs each into a copy of its own as it opens, so that at no time
more than one of them lies in memory twice.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from domain.artifact import BIAS, TABLE, TABLE_BLOCK

OPSET = 20
PART_BYTES = 16_777_216  # of the table, packed at once; with a quarter of it a score takes 8% more
CONSTANTS = {"flat": [-1], "axis": [1], "block": [TABLE_BLOCK]}


class Part(NamedTuple):
    """Rows `first` to `first + rows` of the table; they fill whole blocks."""

    number: int
    first: int
    rows: int

    def named(self, name: str) -> str:
        """A name of this part's own. The first one's are those of a table in one part."""
        return f"{name}_{self.number}" if self.number else name


def scorer(rows: int, width: int, part_bytes: int = PART_BYTES) -> onnx.ModelProto:
    """The graph over a table of so many rows: (user, k, bias, bias_1, ...) -> scores, rows."""
    parts = list(cut(rows, width, part_bytes))
    user = helper.make_tensor_value_info("user", TensorProto.FLOAT, [1, width])
    k = helper.make_tensor_value_info("k", TensorProto.INT64, [1])
    lanes = numpy_helper.from_array(np.arange(TABLE_BLOCK, dtype=np.int64), "lanes")
    graph = helper.make_graph(
        [*(node for part in parts for node in _nodes(part, width)), *_best(parts)], "scorer",
        [user, k, *map(_bias, parts)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["K"]),
         helper.make_tensor_value_info("best", TensorProto.INT64, ["K"])],
        [lanes, *(_whole(name, value) for name, value in CONSTANTS.items()),
         *(tensor for part in parts for tensor in _tensors(part, rows, width))],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def cut(rows: int, width: int, part_bytes: int) -> Iterator[Part]:
    """The parts of a table, in their order."""
    most = max(1, part_bytes // (TABLE_BLOCK * width)) * TABLE_BLOCK
    for number, first in enumerate(range(0, rows, most)):
        yield Part(number, first, min(most, rows - first))


def lies_in_table(tensor: TensorProto, offset: int, length: int) -> None:
    """Let a tensor's bytes be those of the table's file."""
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": TABLE, "offset": offset, "length": length}.items():
        tensor.external_data.add(key=key, value=str(value))


def _bias(part: Part) -> ValueInfoProto:
    return helper.make_tensor_value_info(part.named(BIAS), TensorProto.FLOAT, [part.rows])


def _tensors(part: Part, rows: int, width: int) -> list[TensorProto]:
    table = TensorProto(name=part.named("table"), data_type=TensorProto.UINT8,
                        dims=[part.rows, 1, width])
    scales = TensorProto(name=part.named("scales"), data_type=TensorProto.FLOAT, dims=[part.rows])
    lies_in_table(table, part.first * width, part.rows * width)
    lies_in_table(scales, rows * width + part.first * 4, part.rows * 4)
    blocks = part.rows // TABLE_BLOCK
    own = {"blocked": [blocks, TABLE_BLOCK], "blocks": [blocks], "first": [part.first]}
    return [table, scales, *(_whole(part.named(name), value) for name, value in own.items())]


def _nodes(part: Part, width: int) -> list[NodeProto]:
    """The scores and the rows of the k blocks of a part that hold its k best."""
    def node(kind: str, inputs: str, output: str, domain: str = "", **how: Any) -> NodeProto:
        names = [name if name in ("user", "k", "lanes", *CONSTANTS) else name and part.named(name)
                 for name in inputs.split(" ")]
        outputs = [name and part.named(name) for name in output.split(" ")]
        return helper.make_node(kind, names, outputs, domain=domain, **how)

    return [
        # accuracy_level 4 multiplies int8 with int8; level 0 is 40 times slower.
        node("MatMulNBits", f"user table scales   {BIAS}", "all", "com.microsoft", K=width,
             N=part.rows, bits=8, block_size=width, accuracy_level=4),
        node("Reshape", "all blocked", "grid"),
        node("ReduceMax", "grid axis", "maxima", keepdims=0),
        node("Min", "k blocks", "k_blocks"),
        node("TopK", "maxima k_blocks", "block_max chosen", sorted=0),
        node("Gather", "grid chosen", "near"),  # (k_blocks, block)
        node("Reshape", "near flat", "near_flat"),
        node("Mul", "chosen block", "starts_in_part"),
        node("Add", "starts_in_part first", "starts"),
        node("Unsqueeze", "starts axis", "starts_column"),
        node("Add", "starts_column lanes", "near_rows"),
        node("Reshape", "near_rows flat", "near_rows_flat"),
    ]


def _best(parts: list[Part]) -> list[NodeProto]:
    """The k best of what the parts came up with."""
    node = helper.make_node
    return [
        node("Concat", [part.named("near_flat") for part in parts], ["near_all"], axis=0),
        node("Concat", [part.named("near_rows_flat") for part in parts], ["rows_all"], axis=0),
        node("Shape", ["near_all"], ["n_near"]),
        node("Min", ["k", "n_near"], ["k_near"]),
        node("TopK", ["near_all", "k_near"], ["scores", "place"]),
        node("Gather", ["rows_all", "place"], ["best"]),
    ]


def _whole(name: str, value: list[int]) -> TensorProto:
    return numpy_helper.from_array(np.array(value, np.int64), name)
