"""The two graphs of an artifact, run. Evaluation and serving both score through here.

ONNX Runtime is handed in, since this room needs only numpy.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.artifact import ENCODER, SCORER, TABLE
from domain.row import Floats, Rows
from domain.window import Window

ZERO_POINT = 128  # the table holds value / scale + 128 as uint8


class Runtime:
    """The open sessions of one artifact folder; one thread each, as a Lambda has one CPU."""

    def __init__(self, folder: Path, onnxruntime: Any, rows: int, width: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # arm64 Lambda warns of a hidden /sys at every start
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = ["CPUExecutionProvider"]
        self._encoder = onnxruntime.InferenceSession(folder / ENCODER, options, providers)
        self._scorer = onnxruntime.InferenceSession(folder / SCORER, options, providers)
        self._table: NDArray[np.uint8] = np.memmap(folder / TABLE, np.uint8, "r")[
            :rows * width].reshape(rows, width)
        self._scales: Floats = np.memmap(folder / TABLE, np.float32, "r", rows * width)

    def encode(self, windows: Sequence[Window]) -> Floats:
        """(B, D) float32 of length 1: users as of their requests.

        The windows must be of one length, above 0.
        """
        rows, ages_s, types = (np.stack(part) for part in zip(*windows, strict=True))
        feeds = {"rows": rows, "ages_s": ages_s, "types": types}
        return np.asarray(self._encoder.run(None, feeds)[0], np.float32)

    def score(self, user: Floats, bias: Floats, k: int) -> tuple[Floats, Rows]:
        """The k best rows with user . item + bias, best first."""
        feeds = {"user": user[None], "bias": bias, "k": np.array([k], np.int64)}
        scores, rows = self._scorer.run(None, feeds)
        return scores, rows

    def vectors(self, rows: Rows) -> Floats:
        """(len(rows), D) float32 item vectors."""
        return (self._table[rows].astype(np.float32) - ZERO_POINT) * self._scales[rows, None]
