"""The ids of a catalogue, in row order, as one stretch of bytes: a list of ten decodes ten."""

import codecs
from collections.abc import Iterable, Sequence
from typing import Self, overload

import numpy as np
from numpy.typing import NDArray

CONTINUES = 0x80  # the two highest bits of a byte in UTF-8 that begins no character
_HIGHEST = 0xC0
_PIECE_BYTES = 1 << 20  # decoded at once to see whether it can be: a text takes four times as much


class Ids(Sequence[str]):
    """Item ids, read where they are asked for: ten million `str` would take a gigabyte, and wait.

    raw: (bytes,) uint8, UTF-8, one after the other.   ends: (N,) int64, where each ends.
    """

    def __init__(self, raw: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self.raw, self.ends = raw, ends

    def check(self) -> None:
        """Read all of them once, before anybody relies on them.

        raises: ValueError, when they are no ids, so that none is met later.
        """
        last = int(self.ends[-1]) if len(self.ends) else 0
        if last != len(self.raw) or (np.diff(self.ends, prepend=0) < 0).any():
            raise ValueError("the ids do not end where they should")
        _check_text(self.raw)
        begun = self.ends[self.ends < len(self.raw)]
        if ((self.raw[begun] & _HIGHEST) == CONTINUES).any():
            raise ValueError("an id ends within a character")

    @classmethod
    def of(cls, ids: Iterable[str]) -> Self:
        """These ids."""
        encoded = [item_id.encode() for item_id in ids]
        return cls(np.frombuffer(b"".join(encoded), np.uint8),
                   np.cumsum([len(raw) for raw in encoded], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...

    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, slice):
            return tuple(self[at] for at in range(*place.indices(len(self))))
        at = range(len(self))[place]  # raises as a tuple's would
        first = int(self.ends[at - 1]) if at else 0
        return self.raw[first:int(self.ends[at])].tobytes().decode()


def _check_text(raw: NDArray[np.uint8]) -> None:
    """raises: UnicodeDecodeError, a ValueError."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(raw), _PIECE_BYTES):
        decoder.decode(raw[start:start + _PIECE_BYTES].tobytes())
    decoder.decode(b"", final=True)
