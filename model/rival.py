"""The model that serves, which a new one must beat: can it be compared with?"""

from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_state

from domain.artifact import ArtifactError, verify
from domain.recommender import Recommender
from domain.window import Window

# What a model of another version may raise. ONNX Runtime's errors have no parent of their own.
UNREADABLE: tuple[type[Exception], ...] = (ValueError, LookupError, TypeError, *(
    error for error in vars(runtime_state).values()
    if isinstance(error, type) and issubclass(error, Exception)
))


def complaint(folder: Path) -> str:
    """Why an artifact cannot be asked; empty when it can."""
    one = np.ones(1, np.int64)
    try:
        verify(folder)
        model = Recommender(folder, onnxruntime)
        model.rank(Window(one, one, one), model.unmoved(), k=1)
    except ArtifactError as error:
        return str(error)
    except UNREADABLE as error:
        return repr(error)
    return ""


def rival(current: Path | None) -> tuple[Path | None, tuple[str, ...]]:
    """The current model, if there is one that can be compared with; and what is to be noted."""
    if current is None or not (why := complaint(current)):
        return current, ()
    return None, (f"the current model is broken and not compared with: {why}",)
