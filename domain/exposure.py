"""The event log -> what each subject of an experiment did before it, and after it saw a list.

A subject is exposed by its first event since the start that names the list it is from. Of what it
did, a window after that counts, the same for everybody, and only once it is over: so each subject
is one number that no longer changes, as intervals for every look need it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.erasure import Forgotten
from domain.event import Event
from domain.experiment import Experiment
from domain.key import event_hash
from domain.probe import by_people
from domain.record import Record


class Measure(NamedTuple):
    """What counts of a subject: events of one type, or their values."""

    type: str
    by_value: bool = False

    def amount(self, event: Event) -> float:
        """What one event adds."""
        if event.type != self.type:
            return 0.0
        return (event.value or 0.0) if self.by_value else 1.0


MEASURES = {"clicks": Measure("click"), "purchases": Measure("purchase"),
            "value": Measure("purchase", by_value=True)}


class Plan(NamedTuple):
    """What is to be measured, chosen before looking.

    window_ms: of what counts, after the exposure, and before the start of the experiment.
    any_event: is a subject exposed by whatever it does, and not by what names its list alone?
    """

    measure: Measure
    window_ms: int
    any_event: bool = False


@dataclass(slots=True)
class Life:
    """What the log holds of one subject. done: when, and how much of what is measured."""

    exposed_ms: int | None = None
    done: list[tuple[int, float]] = field(default_factory=list)
    tags: set[int] = field(default_factory=set)


class Unit(NamedTuple):
    """One exposed subject. outcome: None while its window is not over."""

    variant: str
    outcome: float | None
    before: float


class Observed(NamedTuple):
    """crossed: sessions joined to a user who is in another variant; both were exposed."""

    units: list[Unit]
    crossed: int


def observe(
    records: Iterable[Record], experiment: Experiment, plan: Plan, until_ms: int,
    forgotten: Forgotten,
) -> Observed:
    """Everybody who was exposed until then, in the order of exposure.

    Events count once, wherever and however often the log holds them. cost: memory for every event
    of the log, 100 bytes.
    """
    lives: dict[str, Life] = {}
    joins: set[tuple[str, str]] = set()
    for batch in by_people(records, forgotten):
        if batch.joins:
            joins.add((batch.joins, batch.subject))
        life = lives.setdefault(batch.subject, Life())
        for event in batch.events:
            _note(life, event, experiment.starts_ms, plan)
    exposed = {subject: life for subject, life in lives.items()
               if life.exposed_ms is not None and life.exposed_ms < until_ms}
    units = [unit for subject in sorted(exposed, key=lambda s: (exposed[s].exposed_ms, s))
             if (unit := _unit(subject, exposed[subject], experiment, plan, until_ms))]
    return Observed(units, sum(
        experiment.variant_of(session) != experiment.variant_of(user)
        for session, user in joins if session in exposed and user in exposed))


def _note(life: Life, event: Event, starts_ms: int, plan: Plan) -> None:
    tag = event_hash(event.event_id)
    if tag in life.tags:
        return
    life.tags.add(tag)
    if amount := plan.measure.amount(event):
        life.done.append((event.at_ms, amount))
    if (plan.any_event or event.recommendation_id) and event.at_ms >= starts_ms:
        known_ms = event.at_ms if life.exposed_ms is None else life.exposed_ms
        life.exposed_ms = min(event.at_ms, known_ms)


def _unit(
    subject: str, life: Life, experiment: Experiment, plan: Plan, until_ms: int
) -> Unit | None:
    variant, exposed_ms = experiment.variant_of(subject), life.exposed_ms
    if variant is None or exposed_ms is None:
        return None

    def done(since_ms: int) -> float:
        return sum(amount for at_ms, amount in life.done
                   if since_ms <= at_ms < since_ms + plan.window_ms)

    is_over = exposed_ms + plan.window_ms <= until_ms
    return Unit(variant.name, done(exposed_ms) if is_over else None,
                done(experiment.starts_ms - plan.window_ms))
