"""A log of many events, read and cut as a training does: events a second, and memory.

python -m bench.big_log [EVENTS]   the log is written once, below data/

Users do 25 things each, in calls of ten; items are drawn by a power law. What is measured is the
way from objects to the first batch: reading, replaying, the cut in time, the rows, the windows.

cost: 1 GB of disk and 15 CPU-minutes for 50 million events.
"""

import gzip
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from bench.clock import peak_mb, report
from domain.record import RecordError, decode_log
from domain.vocabulary import Vocabulary
from model.config import TrainConfig
from model.dataset import read
from model.examples import examples
from model.split import cut

EVENTS = 5_000_000
ITEMS = 200_000
A_USER, A_CALL, AN_OBJECT = 25, 10, 20_000  # events
FROM_MS, STEP_MS = 1_750_000_000_000, 40
CONFIG = TrainConfig()


def main() -> None:
    """Write the log if it is not there, and go the way."""
    events = int(sys.argv[1]) if sys.argv[1:] else EVENTS
    folder = written(Path(f"data/big-log-{events}"), events)
    idle_mb, laps = peak_mb(), [time.process_time()]
    dataset = read(folder, None, Vocabulary())
    laps.append(time.process_time())
    read_mb = peak_mb()
    split = cut(dataset, CONFIG)
    index, _ = dataset.index(split.train)
    laps.append(time.process_time())
    data = examples(split.train, index, dataset.vocabulary, CONFIG.window)
    data.cut(torch.arange(CONFIG.batch_size))
    laps.append(time.process_time())
    found = dataset.histories
    report({
        "events": found.events, "users": len(found), "items": len(index), "windows": len(data),
        "log_bytes_per_event": round(_size_bytes(folder) / found.events, 1),
        "idle_mb": round(idle_mb), "read_mb": round(read_mb),
        "bytes_per_event_at_peak": round((peak_mb() - idle_mb) * 2**20 / found.events, 1),
        "read_events_per_s": round(found.events / (laps[1] - laps[0])),
        "split_events_per_s": round(found.events / (laps[2] - laps[1])),
        "cut_events_per_s": round(found.events / (laps[3] - laps[2])),
        "cpu_s": round(laps[3] - laps[0]),
    })


def written(folder: Path, events: int) -> Path:
    """The folder, which has so many events; what an earlier run left half is begun again."""
    if folder.exists():
        return folder
    aside = folder.with_suffix(".new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    chance = np.random.default_rng(events)
    for number in tqdm(range(0, events, AN_OBJECT), desc="writing the log", disable=None):
        lines = "\n".join(_lines(number, min(AN_OBJECT, events - number), events, chance))
        data = gzip.compress(lines.encode(), 1, mtime=0)
        (aside / f"{number:012}.jsonl.gz").write_bytes(data)
    _check(next(aside.iterdir()))
    return aside.rename(folder)


def _lines(first: int, count: int, events: int, chance: np.random.Generator) -> Iterator[str]:
    """Records as `encode_log` writes them, ten times as fast."""
    users = chance.integers(0, max(1, events // A_USER), count // A_CALL).tolist()
    items = (ITEMS * chance.random(count) ** 3).astype(int).tolist()
    for call, user in enumerate(users):
        at_ms = FROM_MS + (first + call * A_CALL) * STEP_MS
        said = ",".join(
            f'{{"event_id":"{first + call * A_CALL + n:x}","type":"click","item_id":"item-{item}",'
            f'"at_ms":{at_ms + n * STEP_MS}}}'
            for n, item in enumerate(items[call * A_CALL:(call + 1) * A_CALL]))
        yield (f'{{"shard":"shardId-000000000000","seq":"{first + call + 1}","batch":{{"v":1,'
               f'"subject":"user-{user}","received_ms":{at_ms + 1000},"events":[{said}]}}}}')


def _check(path: Path) -> None:
    try:
        assert list(decode_log(path.read_bytes()))
    except RecordError as error:
        raise AssertionError("the log is not as the product writes it") from error


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


if __name__ == "__main__":
    main()
