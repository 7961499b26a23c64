"""One seed: a run with faults, the same without, and what they do not agree on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from domain.vocabulary import Vocabulary
from local.function import FunctionError
from soak import clean, counted, kept, states
from soak.case import Case
from soak.deployment import Deployment
from soak.dice import ALL, Dice, Kind
from soak.found import Found
from soak.play import Play, StuckError
from soak.taken import Taken


@dataclass(frozen=True)
class Outcome:
    """events: answered with 202. problems: counterexamples. story: what happened, in order."""

    seed: int
    events: int
    struck: Counter[Kind]
    problems: list[str]
    story: list[str]


def soak(
    seed: int, deployment: Deployment, kinds: Iterable[Kind] = ALL
) -> Outcome:
    """Run a seed."""
    dice = Dice(seed, kinds)
    play = Play(deployment, dice)
    try:
        play.run()
    except (StuckError, FunctionError) as error:
        return Outcome(seed, len(play.accepted), dice.struck, [str(error)], dice.story)
    taken = Taken.of(play.stream)
    found = Found.read(deployment, taken.subjects)
    without = clean.run(deployment, taken.without_copies(play.stream), play.clock, taken.subjects,
                        [caller.subject for caller in play.callers if caller.gone])
    case = Case(taken, found, without, play.accepted, play.replayed, play.dropped, Vocabulary())
    problems = [*states.problems(case), *kept.problems(case), *counted.problems(case)]
    return Outcome(seed, len(play.accepted), dice.struck, problems, dice.story)
