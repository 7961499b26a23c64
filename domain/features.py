"""Records folded into one packed state per user: the online features, and training's replay.

`fold(state, record)` is pure, total and deterministic. Redelivery of a record changes nothing
(the state holds the last position per shard), nor does a producer's second copy of an event (the
state holds a ring of recent event ids). The history is the newest `MAX_HISTORY` of a set ordered
by time, so late events land in their place whatever the order of arrival.
"""

import struct
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain.event import Event
from domain.key import event_hash, item_key, shard_hash
from domain.record import Record
from domain.vocabulary import Vocabulary

MAX_HISTORY = 100  # events; 17 bytes each
MAX_EVENT_IDS = 50  # twice the largest batch: a client that retries one batch is always caught
HALF_MAX = 65504.0  # largest 16-bit float
MAX_SHARDS = 4  # a user moves shard only when the stream is resharded


class Interaction(NamedTuple):
    """One event as state keeps it; its first three fields are its place in a history.

    item:  `key.item_key` of the item.   type: code in the vocabulary.   value: None = none.
    """

    at_ms: int
    item: int
    type: int
    value: float | None = None


class UserState(NamedTuple):
    """What is known of one user; `EMPTY` before the first event.

    history:   newest interactions, oldest first.
    counts:    events ever seen, by type code.
    event_ids: tags of the last event ids applied, in order of arrival.
    applied:   shard tag -> last sequence number applied, of the newest `MAX_SHARDS`.
    """

    history: tuple[Interaction, ...] = ()
    counts: Mapping[int, int] = {}
    first_ms: int = 0
    last_ms: int = 0
    event_ids: tuple[int, ...] = ()
    applied: Mapping[int, int] = {}


EMPTY = UserState()


def fold(state: UserState, record: Record, vocabulary: Vocabulary) -> UserState:
    """The state after one record; the same object when the record was applied before."""
    shard, sequence = shard_hash(record.position.shard_id), record.position.sequence
    if sequence <= state.applied.get(shard, -1):
        return state
    events = record.batch.events
    fresh, event_ids = unseen(state.event_ids, [event_hash(e.event_id) for e in events])
    found = [interaction(events[place], vocabulary) for place in fresh]
    times_ms = [entry.at_ms for entry in found]
    if state.counts:
        times_ms += [state.first_ms, state.last_ms]
    return UserState(
        history=merge(state.history, found),
        counts=_count(state.counts, found),
        first_ms=min(times_ms, default=0),
        last_ms=max(times_ms, default=0),
        event_ids=event_ids,
        applied=_advance(state.applied, shard, sequence),
    )


def fold_all(state: UserState, records: Iterable[Record], vocabulary: Vocabulary) -> UserState:
    """`fold` over records in order."""
    for record in records:
        state = fold(state, record, vocabulary)
    return state


def fold_late(
    state: UserState, record: Record, vocabulary: Vocabulary, owner: UserState = EMPTY
) -> UserState:
    """The state after a record that was given up, and comes when later ones are applied.

    Whether it was applied in part is seen by its events: those that the ring or the history holds
    are done. Older ones than a full history may have been, and are not counted again.
    owner: of a session that was joined, the state of its user, who has what it did until then.
    """
    sequence = record.position.sequence
    if sequence > state.applied.get(shard_hash(record.position.shard_id), -1):
        return fold(state, record, vocabulary)
    history = merge(owner.history, state.history)
    held = {entry[:3] for entry in history}
    oldest = history[0][:3] if len(history) == MAX_HISTORY else (-1, 0, 0)
    events = record.batch.events
    places, _ = unseen((*owner.event_ids, *state.event_ids),
                       [event_hash(event.event_id) for event in events])
    told = [(events[place], interaction(events[place], vocabulary)[:3]) for place in places]
    missing = tuple(event for event, place in told if place not in held and place > oldest)
    return join(state, fold(EMPTY, record._replace(batch=record.batch._replace(events=missing)),
                            vocabulary))


def join(state: UserState, other: UserState) -> UserState:
    """A user's state with what was known of a session, or came late; nothing new, same object.

    Positions stay the user's own. Of both, at least a batch of the last event ids is kept.
    """
    if not other.counts:
        return state
    mine, ids = state.counts, other.event_ids[-(MAX_EVENT_IDS // 2):]
    return state._replace(
        history=merge(state.history, other.history),
        counts={code: mine.get(code, 0) + other.counts.get(code, 0)
                for code in mine.keys() | other.counts.keys()},
        first_ms=min(state.first_ms, other.first_ms) if mine else other.first_ms,
        last_ms=max(state.last_ms, other.last_ms) if mine else other.last_ms,
        event_ids=tuple(dict.fromkeys((*state.event_ids[len(ids) - MAX_EVENT_IDS:], *ids))),
    )


def joined(state: UserState) -> UserState:
    """What stays of a session that was joined: what tells a second copy, in case one comes."""
    return UserState(event_ids=state.event_ids, applied=state.applied)


def interaction(event: Event, vocabulary: Vocabulary) -> Interaction:
    """An event as state keeps it; a type that is no longer declared has code 0."""
    known = vocabulary.by_name.get(event.type)
    return Interaction(event.at_ms, item_key(event.item_id), known.code if known else 0,
                       _half(event.value))


def merge(
    history: Iterable[Interaction], found: Iterable[Interaction], limit: int | None = MAX_HISTORY
) -> tuple[Interaction, ...]:
    """The newest `limit` of both, in time order; commutative, associative, idempotent.

    Two events of one type on one item in the same millisecond are one event.
    """
    by_place: dict[tuple[int, int, int], Interaction] = {}
    for entry in (*history, *found):
        place = entry[:3]
        if place not in by_place or _rank(entry) > _rank(by_place[place]):
            by_place[place] = entry
    places = sorted(by_place)
    return tuple(by_place[place] for place in (places if limit is None else places[-limit:]))


def unseen(ring: tuple[int, ...], tags: Iterable[int]) -> tuple[list[int], tuple[int, ...]]:
    """The places of event tags that the ring does not hold, and the ring with them."""
    seen = dict.fromkeys(ring)
    fresh = []
    for place, tag in enumerate(tags):
        if tag not in seen:
            seen[tag] = None
            fresh.append(place)
    return fresh, tuple(seen)[-MAX_EVENT_IDS:]


def with_recent(
    state: UserState, item_ids: Iterable[str], type_code: int, now_ms: int
) -> UserState:
    """The state as it will be once events that the client still holds have arrived."""
    recent = [Interaction(now_ms, item_key(item_id), type_code) for item_id in item_ids]
    # One millisecond apart, so that the order in which the client names them is kept.
    spaced = [entry._replace(at_ms=now_ms - len(recent) + 1 + i) for i, entry in enumerate(recent)]
    return state._replace(history=merge(state.history, spaced))


def _half(value: float | None) -> float | None:
    """The value at the precision state keeps, 16 bits, so that replay and state agree exactly."""
    if value is None:
        return None
    bounded = max(-HALF_MAX, min(HALF_MAX, value)) + 0.0  # and no -0.0, which equals 0.0
    return float(struct.unpack("<e", struct.pack("<e", bounded))[0])


def _rank(entry: Interaction) -> float:
    return float("-inf") if entry.value is None else entry.value


def _count(counts: Mapping[int, int], found: Iterable[Interaction]) -> dict[int, int]:
    total = dict(counts)
    for entry in found:
        total[entry.type] = total.get(entry.type, 0) + 1
    return total


def _advance(applied: Mapping[int, int], shard: int, sequence: int) -> dict[int, int]:
    # By sequence number: those of one partition key grow across shards too.
    others = sorted((n, s) for s, n in applied.items() if s != shard)
    return {s: n for n, s in others[-(MAX_SHARDS - 1):]} | {shard: sequence}
