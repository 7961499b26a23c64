"""The two graphs of an artifact, run. Evaluation and serving both score through here.

ONNX Runtime is handed in, since this room needs only numpy.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from domain.artifact import BIAS, CLUSTERS, ENCODER, SCORER, TABLE
from domain.blend import Bias
from domain.clusters import Clusters, ClusterSearch
from domain.row import Floats, Rows
from domain.table import Table
from domain.window import Window


class Runtime:
    """The open sessions of one artifact folder; one thread each, as a Lambda has one CPU."""

    def __init__(
        self, folder: Path, onnxruntime: Any, rows: int, width: int, probes: int | None = None
    ) -> None:
        """probes: clusters that are read; None = the whole table.

        The scorer's graph is not opened where clusters are read: it would pack the table into a
        copy of its own.
        """
        # One of 0.1 was not made over, and takes a fifth longer to run until the next training.
        self._encoder = session(onnxruntime, folder / ENCODER, is_fused=True)
        self.table = _map(folder / TABLE, rows, width)
        self._search: ClusterSearch | ExactSearch
        if probes is None:
            self._search = ExactSearch(session(onnxruntime, folder / SCORER, is_fused=True))
        else:
            clusters = Clusters.from_bytes((folder / CLUSTERS).read_bytes(), self.table)
            self._search = ClusterSearch(self.table, clusters, probes)

    def encode(self, windows: Sequence[Window]) -> Floats:
        """(B, D) float32: users as of their requests, of length 1 where directions count.

        The windows must be of one length, above 0.
        """
        return self.encode_all(*(np.stack(part) for part in zip(*windows, strict=True)))

    def encode_all(self, rows: Rows, ages_s: Rows, types: Rows) -> Floats:
        """The same of (B, T) each."""
        feeds = {"rows": rows, "ages_s": ages_s, "types": types}
        return np.asarray(self._encoder.run(None, feeds)[0], np.float32)

    def score(self, user: Floats, bias: Bias, k: int) -> tuple[Floats, Rows]:
        """The k best rows with user . item + bias, best first.

        Where less than k may be shown, the hidden come as well, or less than k.
        """
        return self._search.score(user, bias, k)

    def vectors(self, rows: Rows) -> Floats:
        """(len(rows), D) float32 item vectors."""
        return self.table.vectors(rows)


class ExactSearch:
    """The best rows of the whole table, by the scorer's graph."""

    def __init__(self, session: Any) -> None:
        self._session, self._parts, first = session, dict[str, slice](), 0
        for one in session.get_inputs():
            if one.name.startswith(BIAS):
                self._parts[one.name] = slice(first, first := first + one.shape[0])

    def score(self, user: Floats, bias: Bias, k: int) -> tuple[Floats, Rows]:
        """As `Runtime.score`."""
        whole = bias.whole()
        feeds = {"user": user[None], "k": np.array([k], np.int64),
                 **{name: whole[rows] for name, rows in self._parts.items()}}
        scores, rows = self._session.run(None, feeds)
        return scores, rows


def session(onnxruntime: Any, path: Path, *, is_fused: bool = False) -> Any:
    """A graph, open, on one thread.

    is_fused: was it made over as it was written? Then looking again takes a fifth of its opening.
    source: ONNX Runtime, "Graph Optimizations", online and offline mode.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # arm64 Lambda warns of a hidden /sys at every start
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if is_fused:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])


def _map(path: Path, rows: int, width: int) -> Table:
    """The item table, of which only what is read comes into memory.

    Plain arrays over the file: a part of a `numpy.memmap` takes ten times as long to cut out.
    """
    values = np.asarray(np.memmap(path, np.uint8, "r"))[:rows * width].reshape(rows, width)
    return Table(values, np.asarray(np.memmap(path, np.float32, "r", rows * width)))
