"""Whether a model comes to all at once, or to some first."""

from typing import NamedTuple, Self

from domain.rollout import STEPS, WHOLE, Rollout, has_room
from functions.registry import Registry


class Room(NamedTuple):
    """What copies of `recommend` can hold, and who sees a promoted model first."""

    memory_mb: int
    first_share: float

    @classmethod
    def of(cls, rollout: str, memory_mb: str) -> Self:
        """As settings say it."""
        return cls(int(memory_mb), STEPS[0] if rollout == "true" else WHOLE)


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
            began = registry.roll_out(pointer, Rollout(version, share, now_ms, now_ms))
            return share if began else None
    return WHOLE if registry.point(version, now_ms) else None
