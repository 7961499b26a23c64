"""A rollout put to use: what copies of `recommend` count of it, and how it is taken back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from domain.calls import FAILED, Both, Counts
from domain.rollout import LEAVE, Rollout
from functions.registry import Entry, Registry
from rehearsal.deployed import Deployed, until
from rehearsal.engine import RehearsalError

CANDIDATE = "0123456789abcdef"  # which nobody trained: whoever looks for it keeps what serves
PATIENCE_S = 15.0  # a cold start, and the list


def count(shop: Deployed) -> None:
    """Lists are counted while a model is rolled out."""
    with _rolling(shop) as (registry, rollout):
        shop.functions.restart("recommend")

        def is_told() -> bool:
            shop.expect(200, "GET", "/users/user-1/recommendations?k=5")
            return registry.seen(rollout).stable.calls[0] > 0

        until("what was counted", is_told, PATIENCE_S)


def take_back(shop: Deployed) -> None:
    """A rollout that does harm is taken back, with the reason."""
    with _rolling(shop) as (registry, rollout):
        harmed = Counts()
        for _ in range(9):
            harmed += FAILED
        registry.tell(rollout, Both(harmed, Counts(calls=(900,))), now_s=round(time.time()))
        found = shop.functions.invoke("step_rollout", {})
        if found.get("act") != LEAVE or not registry.promoted(CANDIDATE).rolled_back:
            raise RehearsalError(f"the rollout was not taken back: {found}")


@contextmanager
def _rolling(shop: Deployed) -> Iterator[tuple[Registry, Rollout]]:
    registry = Registry(shop.outputs["ModelsTable"], shop.engine.client("dynamodb"))
    pointer, now_ms = registry.pointer(), time.time_ns() // 1_000_000
    if pointer is None:
        raise RehearsalError("no model serves yet")
    rollout = Rollout(CANDIDATE, 0.5, now_ms, now_ms)
    registry.record(Entry(CANDIDATE, now_ms, "rehearsed", [], {}, ""))
    registry.roll_out(pointer, rollout)
    try:
        yield registry, rollout
    finally:
        registry.point(pointer.version, time.time_ns() // 1_000_000)
