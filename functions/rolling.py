"""Whether a model comes to all at once, or to some first."""

from typing import NamedTuple, Self

from domain.rollout import SHADOW, STEPS, WHOLE, Rollout, has_room
from functions.registry import Registry


class Room(NamedTuple):
    """What copies of `recommend` can hold, and who sees a promoted model first.

    sample: of the users for whom it makes lists before anybody sees one, 0 = it does not.
    """

    memory_mb: int
    first_share: float
    sample: float = 0.0

    @classmethod
    def of(cls, rollout: str, shadow_share: str, memory_mb: str) -> Self:
        """As settings say it."""
        if rollout != "true":
            return cls(int(memory_mb), WHOLE)
        sample = float(shadow_share)
        return cls(int(memory_mb), SHADOW if sample else STEPS[0], sample)


def let_serve(
    registry: Registry, version: str, share: float, room: Room, now_ms: int
) -> float | None:
    """Let a version serve so many, or all; answers to whom it comes, None as `Registry.point`.

    It comes to all where none serves yet, and where a copy has no room for both.
    raises: RegistryError, when it may not serve.
    """
    pointer, entry = registry.pointer(), registry.promoted(version)
    if share < WHOLE and pointer and pointer.version != version:
        before = registry.promoted(pointer.version).size_bytes or entry.size_bytes
        if has_room((entry.size_bytes, before), room.memory_mb):
            sample = room.sample if share == SHADOW else 0.0
            began = registry.roll_out(pointer, Rollout(version, share, now_ms, now_ms, sample))
            return share if began else None
    return WHOLE if registry.point(version, now_ms) else None
