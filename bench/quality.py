"""NDCG@10 on MovieLens 100K, full ranking: the blend beside encoder, graph and popularity.

python -m bench.quality time|leave-one-out
"""

import sys
import tempfile
import time
from pathlib import Path

from bench.clock import report
from bench.logged import DOWNLOADS, WORDS, laid
from local import movielens
from model.config import TrainConfig
from model.run import Run
from model.train import train


def main() -> None:
    """One training run on one split; the test part is read once."""
    protocol = sys.argv[1]
    assert protocol in ("time", "leave-one-out"), protocol
    collection = movielens.load(DOWNLOADS)
    with tempfile.TemporaryDirectory() as scratch:
        events, catalog = laid(Path(scratch), collection)
        began = time.process_time()
        card = train(Run(events, Path(scratch) / "model", TrainConfig(), WORDS, catalog,
                         leave_one_out=protocol == "leave-one-out"))
    report({"protocol": protocol, "metrics": card.metrics, "seconds": card.seconds,
            "epochs": card.config["epochs_trained"],
            "cpu_minutes": round((time.process_time() - began) / 60, 1)})


if __name__ == "__main__":
    main()
