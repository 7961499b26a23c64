"""Ids as callers write them -> fixed-width numbers as state and models hold them."""

import hashlib


def item_key(item_id: str) -> int:
    """The 64-bit key of an item: the same in user state, pages, snapshots and artifacts.

    Two items of a catalogue of 10 million share a key with probability 3e-6.
    """
    return _digest(item_id, 8)


def label_key(field: str, value: str | bool | None = None) -> int:
    """A 64-bit tag of a field of items, or of one value of it, as catalogues are searched by."""
    return _digest(field if value is None else f"{field}={value!r}", 8)


def user_hash(subject: str) -> int:
    """A 32-bit tag that ties one user's events together inside pages without naming the user.

    Among a million users of one session's time, one in 4,300 shares a tag with another.
    """
    return _digest(subject, 4)


def event_hash(event_id: str) -> int:
    """A 32-bit tag of a client's event id, for the ring of ids a user state has already seen.

    A new event is taken for one of 50 others with probability 1e-8.
    """
    return _digest(event_id, 4)


def subject_hash(subject: str) -> int:
    """A 128-bit tag of a subject, for what must find one user among all and not name them.

    Two of a billion users share one with probability 1e-21. Whoever guesses an id can test it.
    """
    return _digest(subject, 16)


def spelled(who: int) -> str:
    """A `subject_hash` as keys and files spell it: all of one length."""
    return f"{who:032x}"


def shard_hash(shard_id: str) -> int:
    """A 64-bit tag of a stream shard, for the replay guard of a user state."""
    return _digest(shard_id, 8)


def share_of(*words: str) -> float:
    """A number in [0, 1) that follows from the words: as if drawn, and the same for ever.

    Evenly spread, and of no bearing on that of any other words.
    """
    return (_digest("\0".join(words), 8) >> 11) / 2**53  # 53 bits are what a float holds


def word_hash(*words: str) -> int:
    """A 128-bit tag of words, of no bearing on that of any other words."""
    return _digest("\0".join(words), 16)


def _digest(text: str, size_bytes: int) -> int:
    # surrogatepass: total over Python strings, whoever calls with an unchecked one.
    raw = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=size_bytes).digest()
    return int.from_bytes(raw, "little")
