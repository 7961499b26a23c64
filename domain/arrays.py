"""Named arrays and a small header <-> the bytes of one file (numpy's npz, no pickles)."""

import io
import json
import zlib
from collections.abc import Mapping
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

VERSION = 1  # of every file written here; raise it when what any of them holds changes meaning
_HEADER = "header"
# What numpy and zipfile raise over bytes that they did not write; a changed array fails its CRC.
_DAMAGE = (ValueError, KeyError, TypeError, OSError, EOFError, RuntimeError, BadZipFile, zlib.error)


class ArraysError(ValueError):
    """The bytes are no arrays file, or lack an array."""


class Parts(dict[str, Any]):
    """What a file holds, by name; asking for what it lacks raises ArraysError."""

    def __missing__(self, name: str) -> Any:
        raise ArraysError(f"arrays file has no {name}")


def save(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """One uncompressed file holding the header (JSON) and every array."""
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps({"version": VERSION, **header}).encode(), np.uint8)
    np.savez(buffer, allow_pickle=False, **{_HEADER: text}, **arrays)
    return buffer.getvalue()


def names(data: bytes) -> frozenset[str]:
    """What arrays a file that `save` wrote holds; nothing is read of them."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return frozenset(file.files) - {_HEADER}


def load(data: bytes) -> tuple[Parts, Parts]:
    """The header and the arrays of a file that `save` wrote.

    raises: ArraysError, when the bytes are damaged or of another version.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = Parts((name, file[name]) for name in file.files)
        header = Parts(json.loads(arrays.pop(_HEADER).tobytes()))
    except _DAMAGE as error:
        raise ArraysError(f"damaged arrays file: {error!r}") from error
    if header["version"] != VERSION:
        raise ArraysError(f"arrays file version {header['version']} is not known here")
    return header, arrays
