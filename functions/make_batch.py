"""A lane's turn -> one segment of a batch: its users' lists, as the live route would answer them.

When it is done the lane has its next turn, by an event and not within this call: no more than a
segment is lost when a call fails.
"""

from collections.abc import Callable, Iterator
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain import metric, probe
from domain.batch_part import Part, line_of
from domain.batch_plan import SOURCE, SPOKEN, Note, Plan, Turn
from domain.experiment import Experiments
from domain.packing import PackingError
from functions.aws import CONFIG, WorldError
from functions.batches import Batches, NoBatchError
from functions.bus import Bus
from functions.desk import Desk
from functions.opening import open_desk
from functions.personal import listing_of, new_id, now, seen_by, told_of, wish_of
from functions.population import Person, Population
from functions.settings import MakeBatch
from functions.shelf import Listed, Shelf
from functions.users import BATCH_GET, Users

SPARE_MS = 60_000  # of an invocation: a page of long lists takes 20 s, its part is written in few

logger = Logger(service="make_batch")


class UnmadeError(Exception):
    """A segment cannot be made now: what lists are made of is not there, or it takes too long."""


class Adapters(NamedTuple):
    """What the handler touches."""

    desk: Desk
    batches: Batches
    population: Population
    users: Users
    bus: Bus


class Made(NamedTuple):
    """A segment. left_out: users whose state nobody can read."""

    data: bytes
    users: int
    left_out: int


@cache
def adapters() -> Adapters:
    """Built once per execution environment. Nobody waits: every client is patient."""
    told = MakeBatch.from_env(environ)
    opened = open_desk(told, logger, Experiments.from_json(told.experiments), patience=CONFIG)
    return Adapters(opened.desk, Batches(Shelf(told.bucket_name)), Population(told.users_table),
                    Users(told.users_table), Bus(SOURCE + told.deployment))


def handler(event: dict[str, Any], context: Any) -> None:
    """One turn; what fails is raised, and Lambda tries again with the same event."""
    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > SPARE_MS)

    take(adapters(), Turn.of(event["detail"]), has_time)


def take(given: Adapters, turn: Turn, has_time: Callable[[], bool] = lambda: True) -> None:
    """Make the segment, unless it is made already, and give the lane its next turn.

    An event may come twice, and its second one late. Of two that make the same segment, which is
    the same work, one writes the note, and the other one ends there.
    raises: UnmadeError or a `WorldError`.
    """
    try:
        plan = given.batches.plan(turn.batch_id)
        note, seen = given.batches.note(plan, turn.lane)
    except NoBatchError as error:
        logger.warning("nothing to be made", reason=str(error))
        return
    mine = plan.segments_of(turn.lane)
    if turn.place == note.place and turn.place < len(mine):
        made = _try(given, plan, mine[turn.place], note, seen, has_time)
        if made.users:
            given.batches.put_part(plan, mine[turn.place], made.data)
        note = note.past(made.users, made.left_out, now())
        logger.info("made", batch=plan.batch_id, segment=mine[turn.place], users=made.users,
                    left_out=made.left_out)
        if not given.batches.keep(seen, note):
            return
    _hand_on(given, plan, turn._replace(place=note.place))


def _hand_on(given: Adapters, plan: Plan, turn: Turn) -> None:
    if turn.place < len(plan.segments_of(turn.lane)):
        given.bus.say(SPOKEN, [turn._asdict()])
        return
    notes = given.batches.notes(plan)
    if not plan.turns(notes):  # whoever ends last sees that all have ended
        given.batches.finish(plan, notes, now())


def _try(
    given: Adapters, plan: Plan, segment: int, note: Note, seen: Listed,
    has_time: Callable[[], bool],
) -> Made:
    try:
        return make(given, plan, segment, has_time)
    except (*WorldError, UnmadeError) as error:
        given.batches.keep(seen, note.troubled(f"segment {segment + 1}: {error}", now()))
        raise


def make(
    given: Adapters, plan: Plan, segment: int, has_time: Callable[[], bool] = lambda: True
) -> Made:
    """The lists of a segment. raises: UnmadeError or a `WorldError`."""
    ready(given.desk)
    part, left_out, pages = Part(), 0, _pages(given, plan, segment)
    while True:
        now_ms = now()  # before anybody's state is read: what a line says is not later
        page = next(pages, None)
        if page is None:
            return Made(part.to_bytes(), part.lines, left_out)
        if not has_time():
            raise UnmadeError("it takes longer than an invocation may")
        wish = wish_of(given.desk, plan.ask, now_ms)
        for person in page:
            if person.stored is None:
                left_out += 1
            elif not probe.is_probe(person.subject):
                seen = seen_by(given.desk, person.subject, now_ms)
                list_id = new_id()
                listing = listing_of(seen, person.stored.state, wish, list_id)
                part.add(line_of(person.subject, now_ms, told_of(seen, listing, wish, list_id)))


def ready(desk: Desk) -> None:
    """Have the moment at hand, all of it: a caller waits for no list here, so none is made without.

    raises: UnmadeError.
    """
    desk.troubles.clear()
    desk.scene(now())
    while desk.is_loading:  # it ends: each scene does a part, or gives up
        desk.scene(now())
    if desk.troubles[metric.LOOKS_FAILED]:
        raise UnmadeError("the model, trends or the catalogue cannot be read")


def _pages(given: Adapters, plan: Plan, segment: int) -> Iterator[list[Person]]:
    if plan.listed is None:
        yield from given.population.segment(segment, plan.segments, sessions=plan.sessions)
        return
    chosen = given.batches.users(plan, segment)
    for start in range(0, len(chosen), BATCH_GET):
        yield list(_listed(given.users, chosen[start:start + BATCH_GET]))


def _listed(users: Users, subjects: list[str]) -> Iterator[Person]:
    """As the live route reads them, but for the erased: they have no list.

    Whoever is not known has one, as from there.
    """
    found = users.get_many(subjects)
    for subject in subjects:
        try:
            stored = found[subject] if subject in found else users.get(subject, consistent=True)
            if stored.owner:
                stored = users.get(stored.owner)
        except PackingError:
            yield Person(subject, None)
            continue
        is_new = not stored.revision and not stored.erased
        if not stored.erased and not (is_new and users.is_erased(subject)):
            yield Person(subject, stored)
