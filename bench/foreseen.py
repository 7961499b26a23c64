"""What a training was foreseen to take, beside what it took: MovieLens 100K, and a log of clicks.

python -m bench.foreseen [ml-100k|BIG-LOG FOLDER] [NAME=VALUE ...]

Patience is as long as the training, since what is foreseen is the most that it takes.
"""

import sys
import tempfile
from pathlib import Path

from bench.clock import report
from bench.logged import laid
from bench.published import ML_100K, load
from domain.vocabulary import Vocabulary
from model.config import TrainConfig
from model.cost import Account
from model.run import Run
from model.train import train


def main() -> None:
    """One training, and both costs out of its card."""
    name = sys.argv[1] if sys.argv[1:] else ML_100K
    given = dict(option.split("=", 1) for option in sys.argv[2:])
    epochs = given.setdefault("epochs", str(TrainConfig().epochs))
    config = TrainConfig.from_hyperparameters({**given, "patience": epochs})
    with tempfile.TemporaryDirectory() as scratch:
        events, catalog = Path(name), None
        if name == ML_100K:
            events, catalog = laid(Path(scratch), load(name))
        card = train(Run(events, Path(scratch) / "model", config, Vocabulary(), catalog))
    account = Account.of(card)
    minutes = (account.predicted.minutes, account.actual.minutes)
    report({"log": name, "given": given, "events": account.sizes.events,
            "items": account.sizes.items,
            "predicted": account.predicted._asdict(), "actual": account.actual._asdict(),
            "minutes": [round(found, 2) for found in minutes],
            "took_times_predicted": round(minutes[1] / minutes[0], 2),
            "held_times_predicted": round(account.actual.peak_mb / account.predicted.peak_mb, 2)})


if __name__ == "__main__":
    main()
