"""User state <-> the one binary attribute that stores it: 1 KB holds 40 interactions.

Layout, little endian: header, counts, event ids, shard positions, interactions (17 bytes each).
The first byte is the version; a reader knows every version ever written.
"""

import struct
from itertools import chain, pairwise

from domain.features import EMPTY, Interaction, UserState

VERSION = 1
SEQUENCE_BYTES = 25  # holds SEQUENCE_DIGITS decimal digits

# version; how many counts, event ids, shards, interactions; first and last event, 48-bit ms
_HEADER = struct.Struct("<BBBBHIHIH")
_COUNT = struct.Struct("<BI")  # type code, events
_SHARD = struct.Struct(f"<Q{SEQUENCE_BYTES}s")  # shard tag, sequence number
_INTERACTION = struct.Struct("<QIHBH")  # item key, at_ms low and high, type code, 16-bit float
_NO_VALUE = 0xFFFF  # a NaN pattern that no number packs to
_COUNT_MAX = 2**32 - 1


class PackingError(ValueError):
    """The bytes are no user state this version can read."""


def pack(state: UserState) -> bytes:
    """The state as bytes; equal states give equal bytes."""
    header = _HEADER.pack(
        VERSION, len(state.counts), len(state.event_ids), len(state.applied), len(state.history),
        *_split(state.first_ms), *_split(state.last_ms),
    )
    counts = (_COUNT.pack(c, min(n, _COUNT_MAX)) for c, n in sorted(state.counts.items()))
    event_ids = struct.pack(f"<{len(state.event_ids)}I", *state.event_ids)
    applied = sorted(state.applied.items())
    shards = (_SHARD.pack(s, n.to_bytes(SEQUENCE_BYTES, "big")) for s, n in applied)
    history = (_pack_interaction(entry) for entry in state.history)
    return b"".join(chain((header,), counts, (event_ids,), shards, history))


def unpack(data: bytes) -> UserState:
    """Read what `pack` wrote; no bytes at all are the empty state.

    raises: PackingError, when the bytes are damaged or of a later version.
    """
    if not data:
        return EMPTY
    try:
        return _unpack(memoryview(data))
    except struct.error as error:
        raise PackingError(f"user state of {len(data)} bytes is damaged: {error}") from error


def _unpack(data: memoryview) -> UserState:
    version, n_counts, n_ids, n_shards, n_history, *times = _HEADER.unpack_from(data)
    if version != VERSION:
        raise PackingError(f"user state version {version} is not known here")
    sizes = [_HEADER.size, n_counts * _COUNT.size, n_ids * 4, n_shards * _SHARD.size,
             n_history * _INTERACTION.size]
    if sum(sizes) != len(data):
        raise PackingError(f"user state has {len(data)} bytes, its header says {sum(sizes)}")
    starts = [sum(sizes[:i + 1]) for i in range(len(sizes))]
    counts, event_ids, shards, history = (data[a:b] for a, b in pairwise(starts))
    return UserState(
        history=tuple(_unpack_interaction(*f) for f in _INTERACTION.iter_unpack(history)),
        counts=dict(_COUNT.iter_unpack(counts)),
        first_ms=_join(times[0], times[1]),
        last_ms=_join(times[2], times[3]),
        event_ids=struct.unpack(f"<{n_ids}I", event_ids),
        applied={s: int.from_bytes(n, "big") for s, n in _SHARD.iter_unpack(shards)},
    )


def _pack_interaction(entry: Interaction) -> bytes:
    value = _NO_VALUE
    if entry.value is not None:
        (value,) = struct.unpack("<H", struct.pack("<e", entry.value))
    return _INTERACTION.pack(entry.item, *_split(entry.at_ms), entry.type, value)


def _unpack_interaction(item: int, low: int, high: int, code: int, value: int) -> Interaction:
    number = None if value == _NO_VALUE else struct.unpack("<e", struct.pack("<H", value))[0]
    return Interaction(_join(low, high), item, code, number)


def _split(at_ms: int) -> tuple[int, int]:
    return at_ms & 0xFFFFFFFF, at_ms >> 32


def _join(low: int, high: int) -> int:
    return low | high << 32
