"""Rows -> a table of Markdown, and intervals in words."""

from collections.abc import Iterable, Sequence


def span(interval: Sequence[float], form: str) -> str:
    """An interval; form: of either end."""
    low, high = (format(end, form) for end in interval)
    return f"{low} to {high}"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table; numbers stand to the right."""
    names = list(head)
    lines = [names, ["---", *["---:"] * (len(names) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
