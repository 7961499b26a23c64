"""What an interleaving says so far: whose picks are clicked, read from the event log.

As with experiments, of each user a window counts, from the first event of a drafted list on, and
only once it is over: a user is one number that no longer changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from domain.erasure import Forgotten
from domain.event import Event
from domain.evidence import ALPHA
from domain.experiment import Experiment
from domain.exposure import Plan
from domain.interleaving import PLANNED_USERS, Credit, credit, preference
from domain.key import item_key
from domain.probe import by_people
from domain.record import Record
from domain.teams import NEITHER, Slot, Teams, teams


class Credited(NamedTuple):
    """lists: what each brought within its user's window; waiting: users whose is not over."""

    lists: list[Credit]
    waiting: int


class _Told(NamedTuple):
    """An event of a drafted list. taken: its item and whose pick that was, neither's if not."""

    at_ms: int
    list_id: str
    taken: Slot


def credited(
    records: Iterable[Record], experiment: Experiment, plan: Plan, until_ms: int,
    forgotten: Forgotten,
) -> Credited:
    """Every drafted list that an event named until then.

    An item counts once for each list, however often it was taken. cost: memory for every event of
    a drafted list, 200 bytes.
    """
    told: dict[str, list[_Told]] = defaultdict(list)
    for batch in by_people(records, forgotten):
        for event in batch.events:
            known = _teams_of(event, experiment)
            if known and experiment.starts_ms <= event.at_ms < until_ms:
                key = item_key(event.item_id)
                team = known.of(key) if plan.measure.amount(event) else NEITHER
                told[batch.subject].append(_Told(event.at_ms, known.list_id, Slot(key, team)))
    ends = {subject: min(one.at_ms for one in events) + plan.window_ms
            for subject, events in told.items()}
    over = {subject for subject, end_ms in ends.items() if end_ms <= until_ms}
    return Credited([credit for subject in sorted(over)
                     for credit in _credits(subject, told[subject], ends[subject])],
                    len(told) - len(over))


def _teams_of(event: Event, experiment: Experiment) -> Teams | None:
    named = event.recommendation_id
    return teams(named, experiment.name) if named else None


def _credits(subject: str, told: Iterable[_Told], end_ms: int) -> Iterator[Credit]:
    by_list: dict[str, set[Slot]] = defaultdict(set)
    for one in told:
        if one.at_ms < end_ms:
            by_list[one.list_id].add(one.taken)
    for taken in by_list.values():
        yield credit(subject, list(taken), {slot.key for slot in taken})


def contest(
    experiment: Experiment, found: Credited, planned: int = PLANNED_USERS
) -> dict[str, Any]:
    """Every number of a report, as JSON holds it; None where there is nothing yet to say.

    preferred: how far the second variant is, 1 = by everybody, 0.5 = neither is.
    """
    control, rival = experiment.variants
    said = preference(found.lists, planned)
    return {
        "experiment": experiment.name, "alpha": ALPHA, "planned_users": planned,
        "lists": len(found.lists), "users": said.users, "waiting": found.waiting,
        "ties": said.ties,
        "variants": [
            {"name": control.name, "taken": sum(one.a for one in found.lists), "won": said.wins},
            {"name": rival.name, "taken": sum(one.b for one in found.lists), "won": said.losses}],
        "preferred": 0.5 - said.value if said.users else None,
        "interval": _turned(said.interval), "interval_of_one_look": _turned(said.one_look),
        "p": said.p,
        "is_different": said.interval is not None and not (
            said.interval[0] <= 0 <= said.interval[1]),
    }


def _turned(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else [0.5 - interval[1], 0.5 - interval[0]]
