"""What the tests of this room build by hand: histories, cases, logs on disk, small networks."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from domain.erasure import Forgotten, Mark
from domain.event import Batch, Event
from domain.features import Interaction
from domain.key import item_key, subject_hash
from domain.record import Position, Record, encode_log
from domain.row import RowIndex
from model.config import TrainConfig
from model.histories import Histories, History
from model.learner import Network

SMALL = TrainConfig(width=16, blocks=2, window=8, epochs=4, batch_size=4, learning_rate=1e-2,
                    dropout=0.1, id_dropout=0.1)
CLICK = 2  # code in the vocabulary


ANN = Forgotten.of([Mark(subject_hash("ann"), 5)])


def history(*steps: tuple[int, int]) -> History:
    """Clicks at (time in ms, item key), in this order."""
    return tuple(Interaction(at_ms, item, CLICK) for at_ms, item in steps)


def packed(*histories: History) -> Histories:
    """One user for each."""
    return Histories.of({f"u{place}": history for place, history in enumerate(histories)})


def index_of(n_items: int) -> RowIndex:
    """Items with keys 1 to n, whose rows are their keys."""
    return RowIndex(np.arange(1, n_items + 1, dtype=np.uint64))


def named(*item_ids: str) -> list[int]:
    """The keys of items."""
    return [item_key(item_id) for item_id in item_ids]


def click(item_id: str, at_ms: int, event_id: str = "", kind: str = "click") -> Event:
    """An event whose id follows from what it says, unless one is given."""
    return Event(event_id or f"{kind}-{item_id}-{at_ms}", kind, item_id, at_ms)


def record(sequence: int, *events: Event, subject: str = "ann", shard: str = "s-0") -> Record:
    """One record of the stream."""
    return Record(Position(shard, sequence), Batch(subject, 0, events))


def write_log(folder: Path, *objects: Iterable[Record]) -> Path:
    """A folder of event-log objects."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, records in enumerate(objects):
        (folder / f"{number}.jsonl.gz").write_bytes(encode_log(records))
    return folder


def network(config: TrainConfig = SMALL, items: int = 20, learned: int | None = None,
            content: Tensor | None = None) -> Network:
    """An untrained network over rows 1 to `items`, with a label per row unless told."""
    torch.manual_seed(1)
    labels = content if content is not None else torch.arange(items + 1).remainder(4).unsqueeze(1)
    made = Network(config, labels, int(labels.max()) + 1, items if learned is None else learned)
    with torch.no_grad():  # what begins at zero would hide mistakes
        for name, weight in made.encoder.named_parameters():
            if "bias.weight" in name or "types" in name:
                weight.normal_()
    return made


def job_at(root: Path, hyperparameters: dict[str, str], events: Path | None = None) -> Path:
    """SageMaker's folders."""
    (root / "input/config").mkdir(parents=True)
    (root / "input/config/hyperparameters.json").write_text(json.dumps(hyperparameters))
    if events:
        shutil.copytree(events, root / "input/data/events")
        (root / "input/data/forgotten").mkdir()
        (root / "input/data/forgotten/forgotten.txt").write_text(ANN.to_text())
    return root
