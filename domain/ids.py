"""Ids of a catalogue as they lie in a file: bytes, of which a list of ten decodes ten."""

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

CONTINUES = 0x80  # the two highest bits of a byte in UTF-8 that begins no character
_HIGHEST = 0xC0


class PackedIds(Sequence[str]):
    """raw: UTF-8 of all of them, one after the other; ends: where each ends.

    raises: ValueError, when they are no such thing, so that none is met later.
    """

    def __init__(self, raw: bytes, ends: NDArray[np.int64]) -> None:
        self._raw = raw
        self._bounds = np.concatenate([[0], ends]).astype(np.int64)
        if self._bounds[-1] != len(raw) or (np.diff(self._bounds) < 0).any():
            raise ValueError("the ids do not end where they should")
        raw.decode()
        begun = self._bounds[self._bounds < len(raw)]
        if ((np.frombuffer(raw, np.uint8)[begun] & _HIGHEST) == CONTINUES).any():
            raise ValueError("an id ends within a character")

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...

    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, slice):
            return tuple(self[at] for at in range(*place.indices(len(self))))
        at = range(len(self))[place]  # raises as a tuple's would
        return self._raw[self._bounds[at]:self._bounds[at + 1]].decode()


def pack(ids: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Raw and ends, as `PackedIds` reads them."""
    encoded = [item_id.encode() for item_id in ids]
    return (np.frombuffer(b"".join(encoded), np.uint8),
            np.cumsum([len(raw) for raw in encoded], dtype=np.int64))
