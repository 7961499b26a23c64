"""How fast this machine is at a second stage: some of its shortlists, and what is learned of them.

What is timed is what a training does, on fewer moments.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from domain.artifact import Blend
from model.evaluate import CHUNK_CELLS
from model.lessons import Lessons, heads, lessons
from model.moments import Moment
from model.rank_fit import fit_ranker
from model.second_stage import both_stages, deciding_cases, moments_of, shortlister_over
from model.shortlists import Shortlist, Shortlister
from model.trial import Prepared, Trial

T = TypeVar("T")
FEW = 96  # moments
EXPORT_S = 1.5  # of torch's exporter. source: python -m bench.foreseen ml-100k ranker=dcn


class SecondPace(NamedTuple):
    """The last fields of `Sizes` and of `Rates`, what more an export takes, and what is held."""

    sizes: tuple[int, int, int] = (0, 0, 0)
    rates: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    export_s: float = 0.0
    mb: float = 0.0


def pace_of_second(trial: Trial, prepared: Prepared) -> SecondPace:
    """Of the one that the config asks for; all 0, where none will be. The network stays as it is.

    It learns on the machine's processor, wherever the first stage does. cost: some seconds.
    """
    parts, asking_s = timed(lambda: moments_of(trial))
    if not parts:
        return SecondPace()
    (_, taught), *_, (since_ms, _) = parts
    listed = sum(len(found) for _, found in parts)
    prepared.network.cpu()
    maker = shortlister_over(trial, prepared.network, prepared.graph, Blend())
    rates, per_moment = _paced(trial, maker, taught[::-(-len(taught) // FEW)])
    prepared.network.to(prepared.place.device)
    gathered_s, listed_s, taught_s, judged_s = rates
    cells = min(CHUNK_CELLS, listed * (len(trial.index) + 1))
    return SecondPace(
        (len(taught), listed, len(deciding_cases(trial, since_ms))),
        (gathered_s, listed_s + asking_s / listed, taught_s, judged_s), EXPORT_S,
        (per_moment * listed + 4 * cells) / 1e6)


def _paced(
    trial: Trial, maker: Shortlister, few: Sequence[Moment]
) -> tuple[tuple[float, float, float, float], float]:
    """The rates, and bytes of a moment."""
    histories, index, words = trial.dataset.histories, trial.index, trial.dataset.vocabulary
    cases = [one.case for one in few]
    _, gathering_s = timed(lambda: list(maker(cases[:1], histories)))

    def listing() -> tuple[list[Shortlist], Lessons]:
        found = list(maker(cases, histories))
        names = heads(few, found, index, words)
        return found, lessons(few, found, index, words, names)

    (found, made), listing_s = timed(listing)
    part = Lessons(*(column[:max(1, len(few) // 3)] for column in made))  # which ends the training
    (net, course), teaching_s = timed(
        lambda: fit_ranker(made, part, maker.items, trial.config.ranker, trial.config.seed))
    _, judging_s = timed(lambda: both_stages(trial, maker, net, cases))
    n = len(few)  # a clock on the wall may give the less the longer
    rates = (gathering_s / histories.events, max(0.0, listing_s - gathering_s) / n,
             teaching_s / (n * len(course.losses)), max(0.0, judging_s - gathering_s) / n)
    held = sum(column.nbytes for one in found for column in one)
    return rates, (held + sum(column.nbytes for column in made) + made.features.nbytes) / n


def timed(act: Callable[[], T]) -> tuple[T, float]:
    """What it answers with, and wall seconds."""
    began_s = time.monotonic()
    found = act()
    return found, time.monotonic() - began_s
