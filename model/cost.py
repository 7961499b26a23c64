"""What a training takes: minutes, memory and dollars, told before it is paid for.

Seconds are those of a few steps taken on this machine, or what the card of an earlier training says
of the machine that it ran on; of a machine that nothing was measured on, nothing is said.
"""

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any, NamedTuple, Self

import torch

from domain.artifact import ModelCard
from model.config import TrainConfig
from model.rank_fit import EPOCHS

PRICES = Path(__file__).parents[1] / "docs/prices.toml"
COST = "cost"  # among what the card says of the config
STAGES = ("read", "learn", "export", "test")
GRAPHS = {"learn": 3, "export": 1, "test": 2}  # built in each stage
RANKERS = 6  # asked in the test, of which the artifact takes as long as two
STAGED = 2  # of two stages: in full precision, and the artifact
GATHERED = {"learn": 4, "test": STAGED}  # times all events are counted for a second stage
EVENT_BYTES = 64  # at the peak. source: python -m bench.big_log 50000000
TABLES = 5
# Of one GPU. source: AWS, "Amazon EC2 G4 Instances", "... G5 Instances", "... G6 Instances".
GPU_GB = {"ml.g4dn.xlarge": 16, "ml.g5.xlarge": 24, "ml.g6.xlarge": 24}
REST_GB = 2.0  # for the encoder, what a batch holds, and CUDA itself; by judgement, not measured
FAR = 2.0  # times as many items: then a step is another step
# What a step's time hangs on, beside the items.
SAME_STEP = ("model", "loss", "width", "blocks", "heads", "window", "batch_size", "negatives",
             "precision", "compile", "checkpointing", "adapter_rank", "ranker")


class ForecastError(ValueError):
    """What a training would take cannot be said of what was measured."""


class Sizes(NamedTuple):
    """What there is to do. batches: of an epoch; validation, tuning, finals, test: cases.

    Of a second stage, 0 where there is none: taught: moments of an epoch; listed: all moments that
    get a shortlist; judged: cases that decide.
    """

    events: int
    items: int
    epochs: int
    batches: int
    validation: int
    tuning: int
    finals: int
    test: int
    taught: int
    listed: int
    judged: int


class Rates(NamedTuple):
    """Seconds: of an event that is read, one that is paired, of all else before the first epoch for
    each event, a batch, a case that is asked, one that all blends are tried on, one that the best
    are, of looking ahead like this, and of what an export takes whatever is exported. Of a second
    stage: of an event that is counted, a moment that gets its shortlist, one that is learned from,
    a case that is judged."""

    read_s: float
    paired_s: float
    begun_s: float
    batch_s: float
    asked_s: float
    tuned_s: float
    final_s: float
    foreseen_s: float
    export_s: float
    gathered_s: float
    listed_s: float
    taught_s: float
    judged_s: float


class Cost(NamedTuple):
    """Wall seconds of each stage; most memory held, of the machine and of its GPU."""

    seconds: Mapping[str, float]
    peak_mb: int
    gpu_peak_mb: int

    @property
    def minutes(self) -> float:
        """All stages together."""
        return sum(self.seconds.values()) / 60

    def usd(self, instance: str) -> float:
        """On demand, for as long as it runs. raises: ForecastError, without a price.

        Spot is cheaper; what is billed before the program runs was not measured.
        """
        price = usd_an_hour(instance)
        if price is None:
            raise ForecastError(f"{PRICES.name} has no price of {instance}")
        return self.minutes / 60 * price


class Account(NamedTuple):
    """What a card tells: where it ran, what there was to do, what was foreseen, what it took.

    Of a training that was killed and went on, `actual` is what its last part took.
    """

    instance: str
    sizes: Sizes
    rates: Rates
    predicted: Cost
    actual: Cost

    def to_config(self) -> dict[str, Any]:
        """As a card keeps it; with dollars, where the machine has a price."""
        said = {name: part if isinstance(part, str) else part._asdict()
                for name, part in self._asdict().items()}
        if usd_an_hour(self.instance) is not None:
            said["usd"] = {name: round(cost.usd(self.instance), 4)
                           for name, cost in (("predicted", self.predicted),
                                              ("actual", self.actual))}
        return {COST: said}

    @classmethod
    def of(cls, card: ModelCard) -> Self:
        """What a card says. raises: ForecastError, when it is of a version that says nothing."""
        if COST not in card.config:
            raise ForecastError(f"the card of {card.created_at} does not say what it took")
        said = card.config[COST]
        return cls(said["instance"], Sizes(**said["sizes"]), Rates(**said["rates"]),
                   Cost(**said["predicted"]), Cost(**said["actual"]))


def usd_an_hour(instance: str) -> float | None:
    """The listed price, on demand; None where the list has none."""
    found = tomllib.loads(PRICES.read_text())["price"].get(instance)
    return float(found["usd"]) if found else None


def seconds_of(sizes: Sizes, rates: Rates) -> dict[str, float]:
    """Of each stage, when no epoch is saved by patience and a second stage is kept."""
    paired_s, begun_s = (sizes.events * rate for rate in (rates.paired_s, rates.begun_s))
    learning_s = sizes.batches * rates.batch_s + sizes.validation * rates.asked_s
    tuning_s = sizes.tuning * rates.tuned_s + sizes.finals * rates.final_s
    own = {"read": sizes.events * rates.read_s,
           "learn": begun_s + rates.foreseen_s + sizes.epochs * learning_s + tuning_s,
           "export": rates.export_s, "test": RANKERS * sizes.test * rates.asked_s}
    second = _second(sizes, rates) if sizes.taught else {}
    return {stage: round(own[stage] + GRAPHS.get(stage, 0) * paired_s + second.get(stage, 0), 1)
            for stage in STAGES}


def _second(sizes: Sizes, rates: Rates) -> dict[str, float]:
    """What a second stage adds to each stage; it builds a graph for itself in both."""
    own = {"learn": (sizes.listed * rates.listed_s + EPOCHS * sizes.taught * rates.taught_s
                     + sizes.judged * rates.judged_s),
           "test": STAGED * sizes.test * rates.judged_s}
    return {stage: found + sizes.events * (rates.paired_s + GATHERED[stage] * rates.gathered_s)
            for stage, found in own.items()}


def elsewhere(sizes: Sizes, config: TrainConfig, card: ModelCard, instance: str) -> Cost:
    """What it would take on a machine of which this card tells.

    raises: ForecastError, when the card is of another machine, or of steps that are not alike.
    """
    account = Account.of(card)
    if account.instance != instance:
        raise ForecastError(f"the card is of {account.instance}: no training was measured on "
                            f"{instance}, and what was not measured is not guessed")
    for name in SAME_STEP:
        if card.config[name] != getattr(config, name):
            raise ForecastError(f"{name}: the card's training had {card.config[name]!r}")
    if not 1 / FAR <= sizes.items / account.sizes.items <= FAR:
        raise ForecastError(f"the card's training had {account.sizes.items:,} items, these are "
                            f"{sizes.items:,}: more than a factor of {FAR:g}")
    foreseen, took = seconds_of(account.sizes, account.rates), account.actual
    seconds = {stage: round(found * took.seconds[stage] / max(0.1, foreseen[stage]), 1)
               for stage, found in seconds_of(sizes, account.rates).items()}
    more_mb = (sizes.events - account.sizes.events) * EVENT_BYTES / 1e6
    return Cost(seconds, round(took.peak_mb + max(0, more_mb)), took.gpu_peak_mb)


def peak_mb() -> int:
    """Most memory this process held so far. source: getrusage(2), whose units differ."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(getrusage(RUSAGE_SELF).ru_maxrss * unit / 1e6)


def gpu_peak_mb() -> int:
    """Most memory this process held on its GPU, 0 where there is none."""
    return round(torch.cuda.max_memory_allocated() / 1e6) if torch.cuda.is_available() else 0


def table_mb(items: int, width: int) -> float:
    """What a table of item vectors takes of a GPU in training, float32.

    Weights, gradient and two moments; AdamW holds as much again while it steps.
    source: PyTorch, `torch.optim.AdamW`, `foreach`.
    """
    return items * width * 4 * TABLES / 1e6


def most_items(instance: str, width: int) -> int:
    """How many items a GPU of this instance can learn. raises: ForecastError, of one not known."""
    if instance not in GPU_GB:
        raise ForecastError(f"{instance} is none of {', '.join(GPU_GB)}")
    return int((GPU_GB[instance] - REST_GB) * 1000 / table_mb(1, width))


def told(cost: Cost, instance: str) -> str:
    """A cost in one line."""
    stages = ", ".join(f"{stage} {seconds:,.0f} s" for stage, seconds in cost.seconds.items())
    on_gpu = f" and {cost.gpu_peak_mb:,} MB of its GPU" if cost.gpu_peak_mb else ""
    return (f"{instance}: {cost.minutes:.1f} minutes at most ({stages}), "
            f"{cost.peak_mb:,} MB of memory{on_gpu}")
