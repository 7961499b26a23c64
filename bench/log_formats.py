"""The event log in today's format beside others: bytes, writing, reading, and the training reader.

python -m bench.log_formats     peers outside the standard library are measured where they are
installed: pip install pyarrow==26.0.1 backports-zstd==1.8.0
"""

import gzip
import importlib
import importlib.util
import json
import lzma
import random
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from bench import packed_log
from bench.clock import cpu_s, report
from bench.traffic import Shoppers
from domain import record
from domain.event import parse_batch
from domain.record import Position, Record, decode_log, encode_log
from domain.vocabulary import Vocabulary
from model import dataset

PER_CALL = 10
ROUNDS = 5
# Records of an object: of a minute at one call a second, of a full invocation, of a day at one.
MINUTE, FULL, DAY = 60, 2_500, 86_400
SEQUENCE = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898
STEP = 2**70  # between two records of a shard, at most. source: assumed


class Measured(NamedTuple):
    """Of one object: its bytes, and CPU seconds of making and of reading it."""

    size: int
    write_s: float
    read_s: float


def main() -> None:
    """Each format on the same records; then one object a minute beside one a day."""
    records = list(made(FULL))
    events = FULL * PER_CALL
    found = {**_lines(records), **_others(records)}
    beside_s = _beside_reading(records)
    report({"records_per_object": FULL, "events_per_record": PER_CALL,
            "checking_s_per_million": round(_checking(records) / events * 1e6, 1), "formats": {
        name: {"bytes_per_event": round(each.size / events, 1),
               "write_us_per_event": round(each.write_s / events * 1e6, 1),
               "read_events_per_s_core": round(events / each.read_s),
               "training_reader_s_per_million": round(
                   (each.read_s + beside_s) / events * 1e6, 1)}
        for name, each in found.items()}, "objects": _objects()})


def made(count: int) -> Iterator[Record]:
    """Records as the stream has them: sequence numbers of 56 digits that grow unevenly."""
    chance, vocabulary, sequence = random.Random(7), Vocabulary(), SEQUENCE
    calls = Shoppers().calls(count, rate=100.0, per_call=PER_CALL, begin_s=1_764_000_000.0)
    for call in calls:
        sequence += chance.randrange(STEP)
        batch, _ = parse_batch(call.body, round(call.at_s * 1000), vocabulary)
        yield Record(Position("shardId-000000000000", sequence), batch)


def _lines(records: Sequence[Record]) -> dict[str, Measured]:
    """Today's lines, packed by one or the other; only the packing differs."""
    data = encode_log(records)
    raw = gzip.decompress(data)
    today_s = cpu_s(lambda: gzip.compress(raw, mtime=0), ROUNDS)
    lines_s = cpu_s(lambda: encode_log(records), ROUNDS) - today_s
    parse_s = (cpu_s(lambda: _read(decode_log, [data]), ROUNDS)
               - cpu_s(lambda: gzip.decompress(data), ROUNDS))
    found = {}
    for name, (pack, unpack) in _packers().items():
        packed = pack(raw)
        assert unpack(packed) == raw
        found[f"JSON lines, {name}"] = Measured(
            len(packed), lines_s + cpu_s(partial(pack, raw), ROUNDS),
            parse_s + cpu_s(partial(unpack, packed), ROUNDS))
    return found


def _packers() -> dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]]:
    found: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
        "gzip -9 (today)": (lambda raw: gzip.compress(raw, mtime=0), gzip.decompress),
        "gzip -6": (lambda raw: gzip.compress(raw, 6, mtime=0), gzip.decompress),
        "gzip -1": (lambda raw: gzip.compress(raw, 1, mtime=0), gzip.decompress),
        "xz": (lzma.compress, lzma.decompress)}
    if importlib.util.find_spec("backports"):
        zstd = importlib.import_module("backports.zstd")
        found["zstd -3"] = (lambda raw: zstd.compress(raw, 3), zstd.decompress)
        found["zstd -19"] = (lambda raw: zstd.compress(raw, 19), zstd.decompress)
    return found


def _others(records: Sequence[Record]) -> dict[str, Measured]:
    """What is no line."""
    codecs: dict[str, Any] = {"packed columns, zlib -6": packed_log}
    if importlib.util.find_spec("pyarrow"):
        codecs["Parquet, zstd"] = importlib.import_module("bench.parquet_log")
    found = {}
    for name, codec in codecs.items():
        data = codec.encode(records)
        assert list(codec.decode(data)) == list(decode_log(encode_log(records)))
        found[name] = Measured(
            len(data), cpu_s(partial(codec.encode, records), ROUNDS),
            cpu_s(partial(_read, codec.decode, [data]), ROUNDS))
    return found


def _read(decode: Callable[[bytes], Iterator[Record]], objects: Iterable[bytes]) -> None:
    for data in objects:
        deque(decode(data), maxlen=0)


def _beside_reading(records: Sequence[Record]) -> float:
    """CPU seconds that the training reader takes for an object beside decoding it."""
    data = encode_log(records)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.jsonl.gz"
        path.write_bytes(data)
        whole_s = cpu_s(lambda: dataset.read(path.parent, None, Vocabulary()), ROUNDS)
    return whole_s - cpu_s(lambda: _read(decode_log, [data]), ROUNDS)


def _checking(records: Sequence[Record]) -> float:
    """CPU seconds for holding each line against its schema: part of every read of lines."""
    documents = [json.loads(line) for line in gzip.decompress(encode_log(records)).splitlines()]
    return cpu_s(lambda: [record._check_line(document, "") for document in documents], ROUNDS)


def _objects() -> dict[str, dict[str, float]]:
    """A day at one call a second, as today's objects of a minute and as one."""
    records = list(made(DAY))
    found = {}
    for name, size in (("one a minute", MINUTE), ("one a day", DAY)):
        with tempfile.TemporaryDirectory() as folder:
            for start in range(0, DAY, size):
                path = Path(folder) / f"{start:06}.jsonl.gz"
                path.write_bytes(encode_log(records[start:start + size]))
            paths = sorted(Path(folder).iterdir())
            total = sum(path.stat().st_size for path in paths)
            spent_s = cpu_s(partial(_read, decode_log, map(Path.read_bytes, paths)), 1)
        events = DAY * PER_CALL
        found[name] = {"objects": len(paths), "bytes_per_event": round(total / events, 1),
                       "read_events_per_s_core": round(events / spent_s)}
    return found


if __name__ == "__main__":
    main()
