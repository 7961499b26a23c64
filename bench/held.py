"""The most memory of a process that only opens an artifact and answers lists from it.

python -m bench.held [items] [clustered]

Counted is the whole process: Python, numpy, ONNX Runtime, this project's code, the model; while the
artifact is opened also what is mapped of its files. While lists are answered those pages are left
out: they are a cache, which the kernel takes back when memory is short, and how much of a file it
maps at a touch is its own choice. `with_files_mb` is the most with all of them. Users come from
memory and the AWS SDK is not loaded, as in `bench.serving`; `bench.memory` measures whole copies,
with the SDK, a download and a change of models.
source: Linux, "/proc" (VmHWM, clear_refs, smaps).
"""

import contextlib
import io
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "bench"  # as the template sets it; read at import

from bench.clock import peak_mb, report
from bench.made import folder_of
from bench.serving import USERS, FixedModel, MemoryUsers, Quiet, ask, desk_of

ROUNDS = 3  # of all users


class Busy(Quiet):
    """Surroundings that change with every request, so that each composes a moment of its own."""

    def refresh(self, _: int, **__: bool) -> bool:
        """As `Surroundings.refresh`."""
        return True


def main() -> None:
    """Lists of ten, each of another moment."""
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    folder = folder_of(n_items, sys.argv[2:] == ["clustered"])
    logging.disable(logging.CRITICAL)
    model = FixedModel(folder)
    opening_mb = peak_mb()
    desk = desk_of(model, MemoryUsers(n_items), Busy())
    users = [f"user-{number}" for number in range(USERS)]
    with contextlib.redirect_stdout(io.StringIO()):  # the metrics of every call
        for user_id in users:  # what they touch of the files is mapped from here on
            ask(user_id, desk)
        lists = [_peaks(partial(ask, user_id, desk), folder) for user_id in users * ROUNDS]
    listing_mb, with_files_mb = map(max, zip(*lists, strict=True))
    card = model.loaded.recommender.card
    held_mb = max(opening_mb, listing_mb)
    report({"items": n_items, "opening_mb": round(opening_mb), "listing_mb": round(listing_mb),
            "with_files_mb": round(with_files_mb), "held_mb": round(held_mb),
            "peak_over_table": round(held_mb * 1024**2 / (card.rows * card.width), 2)})


def _peaks(act: Callable[[], Any], folder: Path) -> tuple[float, float]:
    """The most MB during an act: without what is mapped of the folder's files, and with."""
    before_mb = _mapped_mb(folder)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    act()
    return peak_mb() - before_mb, peak_mb()


def _mapped_mb(folder: Path) -> float:
    """Of the files of a folder, what lies in this process's memory."""
    total_kb, ours = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "Rss" and ours:
            total_kb += int(value.split()[0])
        elif "-" in name.partition(" ")[0]:
            ours = str(folder.resolve()) in line
    return total_kb / 1024


if __name__ == "__main__":
    main()
