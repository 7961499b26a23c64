"""A list in the shadow of the one that is shown: made by a candidate that nobody sees yet, counted.

Lambda freezes a copy as soon as it has answered, so that this comes before the answer: whoever is
in the sample waits for two lists. source: AWS, "Lambda execution environment lifecycle".
"""

from aws_lambda_powertools import Logger

from domain.calls import FAILED, Both, Counts
from domain.experiment import Assignment
from domain.listing import Listing, Question, recommend
from functions.desk import Desk
from functions.scorer import OPEN_ERRORS

LATE_S = 0.1  # what took so long already, as where a copy starts, waits for no second list
# What a candidate may raise must not reach the caller, who asked nothing of it.
FAULTS: tuple[type[Exception], ...] = (*OPEN_ERRORS, ArithmeticError, AssertionError, MemoryError,
                                       RuntimeError)

logger = Logger(service="recommend", child=True)


def cast(
    desk: Desk, subject: str, assigned: Assignment, asked: Question, shown: Listing, took_s: float
) -> None:
    """Make the list again with the candidate, if this user is in the sample of a rollout.

    Both are counted, with what they alone took; clicks say nothing of a list that nobody sees.
    took_s: by the one that was shown.   cost: that of a list.
    """
    rollout = desk.unseen(subject)
    if rollout is None or assigned.duel or desk.sides.spent_s > LATE_S:
        return
    old = _counts(subject, shown, took_s)
    scene, began_s = desk.candidate_of(assigned.weights, asked.now_ms), desk.sides.spent_s
    if scene is None:  # it is on its way, or cannot be opened, which the desk counts
        desk.sides.beside(rollout, Both(stable=old))
        return
    try:
        made = recommend(scene, asked)
    except FAULTS as error:
        logger.error("failed in the shadow", version=rollout.candidate, reason=repr(error))
        desk.sides.beside(rollout, Both(FAILED, old))
        return
    new = _counts(subject, made, desk.sides.spent_s - began_s)
    desk.sides.beside(rollout, Both(new + _alike(made, shown), old))


def _counts(subject: str, made: Listing, took_s: float) -> Counts:
    return Counts.of_list(subject, took_s * 1000, fallback=made.source != "personal",
                          empty=not made.places, clicked=False)


def _alike(made: Listing, shown: Listing) -> Counts:
    """overlap@k, in numbers that add up."""
    both = {place.item_id for place in made.places} & {place.item_id for place in shown.places}
    return Counts(places=(len(shown.places),), alike=(len(both),))
