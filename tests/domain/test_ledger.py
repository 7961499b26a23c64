"""What a ledger remembers survives its parts."""


import numpy as np

from domain import arrays
from domain.defence import Defence
from domain.judging import judge
from domain.ledger import MAX_UNREAD, Ledger, blank
from domain.page import PageRecord, Touch, Unread
from domain.record import Position
from domain.touches import gather
from tests.domain.strategies import NOW_MS


def through_bytes(ledger: Ledger) -> Ledger:
    header, parts = arrays.load(arrays.save(*ledger.to_parts()))
    return Ledger.from_parts(header, parts)


def same(one: Ledger, other: Ledger) -> bool:
    return (one.ref_ms, one.unread) == (other.ref_ms, other.unread) and all(
        np.array_equal(getattr(mine, name), getattr(theirs, name))
        for mine, theirs in ((getattr(one, part), getattr(other, part)) for part in
                             ("seen", "people", "paces", "days", "items", "pairs"))
        for name in mine._fields)


def test_a_ledger_survives_its_parts() -> None:
    found = [PageRecord(n, n % 3, (Touch(n % 5, NOW_MS, 2, 1.0, n),)) for n in range(20)]
    ledger, _ = judge(blank(NOW_MS), gather(found, NOW_MS), NOW_MS, Defence())
    ledger = ledger._replace(unread=(Unread(3, Position("shard", 10**56 + 1)),))

    assert same(through_bytes(ledger), ledger)
    assert same(through_bytes(blank(5)), blank(5))
    assert not same(ledger, blank(NOW_MS))


def test_of_too_many_unread_pages_the_latest_are_kept() -> None:
    unread = tuple(Unread(3, Position("shard", n)) for n in range(MAX_UNREAD + 2))

    assert through_bytes(blank(0)._replace(unread=unread)).unread == unread[2:]
