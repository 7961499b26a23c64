"""Named arrays and a small header <-> the bytes of one file (numpy's npz, no pickles)."""

import io
import json
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

VERSION = 1  # of every file written here; raise it when what any of them holds changes meaning
_HEADER, _NAMES = "header", "arrays"
_NAME_LENGTHS = 26  # where a local file header says them. source: PKWARE, APPNOTE.TXT, 4.3.7
# What numpy and zipfile raise over bytes that they did not write; a changed array fails its CRC.
_DAMAGE = (ValueError, KeyError, TypeError, OSError, EOFError, RuntimeError, BadZipFile, zlib.error,
           struct.error)


class ArraysError(ValueError):
    """The bytes are no arrays file, or lack an array."""


class Parts(dict[str, Any]):
    """What a file holds, by name; asking for what it lacks raises ArraysError."""

    def __missing__(self, name: str) -> Any:
        raise ArraysError(f"arrays file has no {name}")


def save(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """One uncompressed file holding the header (JSON) and every array."""
    buffer = io.BytesIO()
    told = {"version": VERSION, **header, _NAMES: sorted(arrays)}
    text = np.frombuffer(json.dumps(told).encode(), np.uint8)
    np.savez(buffer, allow_pickle=False, **{_HEADER: text}, **arrays)
    return buffer.getvalue()


def outline(data: bytes) -> tuple[dict[str, Any], frozenset[str]]:
    """The header of a file that `save` wrote, and the names of its arrays, which are not read."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return json.loads(file[_HEADER].tobytes()), frozenset(file.files) - {_HEADER}


def load(data: bytes) -> tuple[Parts, Parts]:
    """The header and the arrays of a file that `save` wrote.

    raises: ArraysError, when the bytes are damaged or of another version.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = Parts((name, file[name]) for name in file.files)
    except _DAMAGE as error:
        raise ArraysError(f"damaged arrays file: {error!r}") from error
    return _headed(arrays), arrays


def _headed(arrays: Parts) -> Parts:
    """The header, taken from among the arrays."""
    try:
        header = Parts(json.loads(arrays.pop(_HEADER).tobytes()))
    except _DAMAGE as error:
        raise ArraysError(f"damaged arrays file: {error!r}") from error
    if header["version"] != VERSION:
        raise ArraysError(f"arrays file version {header['version']} is not known here")
    # No checksum is over the file's table of contents. Files of 0.1 do not name their arrays.
    if sorted(arrays) != header.pop(_NAMES, sorted(arrays)):
        raise ArraysError("damaged arrays file: it lacks arrays that it names")
    return header


def mapped(path: Path) -> tuple[Parts, Parts]:
    """`load`, but arrays come into memory where they are read. Only for a file that was verified.

    raises: ArraysError, when it is no file that `save` wrote, or of another version.
    """
    try:
        whole = np.asarray(np.memmap(path, np.uint8, "r"))
        with ZipFile(path) as file, path.open("rb") as raw:
            arrays = Parts((info.filename.removesuffix(".npy"), _map(whole, raw, info))
                           for info in file.infolist())
    except _DAMAGE as error:
        raise ArraysError(f"damaged arrays file: {error!r}") from error
    return _headed(arrays), arrays


def _map(whole: NDArray[np.uint8], raw: BinaryIO, info: ZipInfo) -> NDArray[Any]:
    """An array whose bytes lie as they are: behind the head of its entry, and a head of its own."""
    raw.seek(info.header_offset + _NAME_LENGTHS)
    lengths = struct.unpack("<HH", raw.read(4))  # of the entry's name and of what may follow it
    raw.seek(sum(lengths), os.SEEK_CUR)
    if np.lib.format.read_magic(raw) != (1, 0):
        raise ValueError(f"{info.filename} has a head of another version")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(raw)
    if dtype.hasobject:
        raise ValueError(f"{info.filename} holds objects")
    return np.ndarray(shape, dtype, whole, raw.tell(), order="F" if by_columns else "C")
