"""What the property tests of this room draw from: JSON, events, batches, records of a stream."""

from collections.abc import Sequence

from hypothesis import strategies as st

from domain.event import MAX_TIME_MS, Batch, Event
from domain.features import EMPTY, UserState, fold_all
from domain.record import Position, Record
from domain.vocabulary import Vocabulary

NOW_MS = 1_700_000_000_000
VOCABULARY = Vocabulary()
Batches = list[list[Event]]
SHARD = "shardId-000000000000"

# Printable: no control characters; half surrogate pairs (category Cs) are no text.
printable = st.characters(exclude_categories=("Cc", "Cs"))
ids = st.text(printable, min_size=1, max_size=12)
type_names = st.sampled_from(sorted(VOCABULARY.by_name))
times_ms = st.integers(0, MAX_TIME_MS)
values = st.none() | st.integers(-10**12, 10**12) | st.floats(-1e12, 1e12)

# Anything json.loads can return, NaN, infinities and half surrogate pairs included.
any_text = st.text(max_size=8) | st.text(st.characters(categories=("Cs", "Cc", "Ll")), max_size=4)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: (st.lists(inner, max_size=4)
                   | st.dictionaries(any_text, inner, max_size=4)),
    max_leaves=8,
)

events = st.builds(
    Event, event_id=ids, type=type_names, item_id=ids, at_ms=times_ms, value=values,
    context=st.none() | st.dictionaries(ids, st.booleans() | st.integers(-99, 99) | ids,
                                        max_size=3),
    recommendation_id=st.none() | ids, clamped=st.booleans(),
    propensity=st.none() | st.floats(1e-9, 1),
)
batches = st.builds(
    Batch, subject=ids, received_ms=times_ms, events=st.lists(events, max_size=4).map(tuple),
    session_id=st.none() | ids, request_id=st.none() | ids, joins=st.none() | ids,
)


def click(
    item_id: str, at_ms: int = NOW_MS, event_id: str = "", kind: str = "click",
    value: float | None = None,
) -> Event:
    """An event whose id follows from what it says, unless one is given."""
    return Event(event_id or f"{kind}-{item_id}-{at_ms}-{value}", kind, item_id, at_ms, value)


def record(
    sequence: int, *events: Event, subject: str = "ann", shard_id: str = SHARD
) -> Record:
    """One record of the stream."""
    return Record(Position(shard_id, sequence), Batch(subject, NOW_MS, tuple(events)))


def stream(batches: Sequence[Sequence[Event]], subject: str = "ann") -> list[Record]:
    """Batches of one user, in order of arrival on one shard."""
    return [record(sequence, *events, subject=subject) for sequence, events in enumerate(batches)]


def folded(batches: Sequence[Sequence[Event]]) -> UserState:
    """The state after these batches."""
    return fold_all(EMPTY, stream(batches), VOCABULARY)


# Few items, times and types, so that equal events, equal times and late events are common.
crowded_events = st.builds(
    click, item_id=st.sampled_from("abcde"), at_ms=st.integers(NOW_MS, NOW_MS + 20),
    kind=st.sampled_from(["view", "click", "rate", "dislike"]),
    value=st.none() | st.integers(0, 5),
)
crowded_batches = st.lists(st.lists(crowded_events, max_size=5), max_size=8)
