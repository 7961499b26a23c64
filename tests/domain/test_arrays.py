"""Array files: round trips and damage."""

import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain import arrays
from domain.arrays import ArraysError

PARTS: dict[str, NDArray[Any]] = {
    "keys": np.array([0, 2**63, 2**64 - 1], np.uint64),
    "weights": np.zeros((0, 3), np.float32),
    "flags": np.array([True, False]),
    "pairs": np.asfortranarray(np.arange(6, dtype=np.int64).reshape(3, 2)),
}
GOOD = arrays.save({"ref_ms": 7, "name": "é"}, PARTS)


def test_header_and_arrays_survive() -> None:
    header, parts = arrays.load(GOOD)

    assert (header["ref_ms"], header["name"]) == (7, "é")
    assert parts.keys() == PARTS.keys()
    for name, part in PARTS.items():
        assert parts[name].dtype == part.dtype
        assert parts[name].shape == part.shape
        assert parts[name].tolist() == part.tolist()


def test_what_a_file_lacks_is_named_when_asked_for() -> None:
    header, parts = arrays.load(GOOD)

    with pytest.raises(ArraysError, match="has no counts"):
        parts["counts"]
    with pytest.raises(ArraysError, match="has no covered"):
        header["covered"]


def test_an_array_of_objects_is_not_saved() -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        arrays.save({}, {"keys": np.array([{}], object)})


def npz(**parts: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **parts)
    return buffer.getvalue()


def npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def text(document: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(document).encode(), np.uint8)


FOREIGN = [
    (b"", "damaged"),
    (b"PK\x05\x06" + bytes(18), "damaged"),  # a zip without files
    (npy(np.arange(3)), "damaged"),
    (npz(keys=np.arange(3)), "damaged"),  # no header
    (npz(header=text([1])), "damaged"),
    (npz(header=np.array([{}], object)), "damaged"),  # a pickle
    (npz(header=text({"version": 1}), keys=np.array([{}], object)), "damaged"),
    (npz(header=text({})), "has no version"),
    (npz(header=text({"version": 2})), "version 2 is not known"),
]


@pytest.mark.parametrize(("data", "reason"), FOREIGN)
def test_bytes_that_save_did_not_write_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ArraysError, match=reason):
        arrays.load(data)


def test_a_mapped_file_holds_what_was_saved(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(GOOD)

    header, parts = arrays.mapped(tmp_path / "file")

    assert header == {"version": 1, "ref_ms": 7, "name": "é"}
    for name, part in PARTS.items():
        assert (parts[name].dtype, parts[name].shape) == (part.dtype, part.shape)
        assert parts[name].tolist() == part.tolist()


def compressed() -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, header=text({"version": 1}))
    return buffer.getvalue()


def in_a_later_version() -> bytes:
    buffer, entry = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array(entry, text({"version": 1}), version=(2, 0))
    with ZipFile(buffer, "w") as file:
        file.writestr("header.npy", entry.getvalue())
    return buffer.getvalue()


@pytest.mark.parametrize(("data", "reason"), [
    *FOREIGN, (compressed(), "damaged"), (in_a_later_version(), "head of another version")])
def test_a_file_that_save_did_not_write_is_not_mapped(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    (tmp_path / "file").write_bytes(data)

    with pytest.raises(ArraysError, match=reason):
        arrays.mapped(tmp_path / "file")


@pytest.mark.parametrize("length", range(0, len(GOOD), 97))
def test_a_cut_file_is_not_mapped(tmp_path: Path, length: int) -> None:
    (tmp_path / "file").write_bytes(GOOD[:length])

    with pytest.raises(ArraysError):
        arrays.mapped(tmp_path / "file")


@given(st.binary() | st.binary().map(lambda tail: GOOD[:40] + tail))
def test_no_bytes_raise_anything_but_an_arrays_error(data: bytes) -> None:
    with pytest.raises(ArraysError):
        arrays.load(data)


@given(st.integers(0, len(GOOD) - 1))
def test_a_cut_file_is_refused(length: int) -> None:
    with pytest.raises(ArraysError):
        arrays.load(GOOD[:length])


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1))
def test_a_changed_file_is_refused_or_holds_what_it_held(changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for place, byte in changes:
        data[place] = byte

    try:
        header, parts = arrays.load(bytes(data))
    except ArraysError:
        return

    assert header == {"version": 1, "ref_ms": 7, "name": "é"}
    assert {name: part.tolist() for name, part in parts.items()} == {
        name: part.tolist() for name, part in PARTS.items()}


def test_a_file_whose_table_of_contents_lost_its_arrays_is_refused() -> None:
    held = ZipFile(io.BytesIO(GOOD))
    short = io.BytesIO()
    with ZipFile(short, "w") as file:
        for name in ("header.npy", "keys.npy"):
            file.writestr(name, held.read(name))

    with pytest.raises(ArraysError, match="lacks arrays that it names"):
        arrays.load(short.getvalue())
