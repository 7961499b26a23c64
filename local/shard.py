"""moto's shards of a stream, at the price of the records that are put or read.

moto lists all of a shard to number one record more, and passes all of it to find what comes next:
with 50,000 records a put takes three times as long as with 1,000, and a look that finds nothing six
times. It numbers those of a shard from 1 and takes away all of them or none, so that here they are
found by their number. None is forgotten: whoever reads from the beginning finds the first.
"""

from typing import Any

from moto.kinesis.models import Shard

_SHARD: Any = Shard
_NAMES = ("get_min_sequence_number", "get_max_sequence_number", "get_records")
_moto = {name: getattr(_SHARD, name) for name in _NAMES}


def install() -> None:
    """From here on all streams of this process are read so."""
    for name, found in zip(_NAMES, (_first, _last, _read), strict=True):
        setattr(_SHARD, name, found)


def remove() -> None:
    """Leave them to moto again."""
    for name, found in _moto.items():
        setattr(_SHARD, name, found)


def _first(shard: Any) -> int:
    return int(next(iter(shard.records), 0))


def _last(shard: Any) -> int:
    return int(next(reversed(shard.records), 0))


def _read(shard: Any, after: str, limit: int | None) -> tuple[list[Any], int, int]:
    """Records after a number, the number of the last of them, and ms it is behind the newest."""
    newest, start = _last(shard), max(int(after), 0) + 1
    end = newest if limit is None else min(newest, start + limit - 1)
    found = [shard.records[number] for number in range(start, end + 1)]
    if not found:
        return [], int(after), 0
    behind_s = shard.records[newest].created_at - found[-1].created_at
    return found, end, int(behind_s * 1000)
