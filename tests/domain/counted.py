"""Calls of one side of a rollout, in numbers."""

from domain.calls import GROUPS, Counts, took


def spread(n: int) -> tuple[int, ...]:
    """Over all groups alike."""
    return tuple(n // GROUPS + (place < n % GROUPS) for place in range(GROUPS))


def calls(
    n: int, failed: int = 0, fallback: int = 0, empty: int = 0, clicked: int | None = None,
    ms: float = 20.0,
) -> Counts:
    """So many, of which a tenth found a user who clicked, if not said otherwise."""
    found = n // 10 if clicked is None else clicked
    return Counts((n,), (failed,), tuple((n - failed) * one for one in took(ms)),
                  *map(spread, (n - failed, fallback, empty, found)))
