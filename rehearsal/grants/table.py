"""What was cut and what failed, as a page to read."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

_HEAD = """# What every policy gives, and what fails without it

Written by `make rehearse-grants`: in a deployment at work each action, each resource and each
service that an Allow statement names was taken away alone, and what its holder does was done again.
"""
_NEEDLESS = "**needless** "


class Row(NamedTuple):
    """One cut. why: what failed, or the reason why nothing could."""

    holder: str
    gives: str
    needed: bool
    why: str


def render(rows: Sequence[Row]) -> str:
    """Markdown, a section for each holder."""
    return "\n".join([_HEAD, f"{len(rows)} cuts, {sum(not r.needed for r in rows)} needless.",
                      *_sections(rows), ""])


def read(page: str) -> list[Row]:
    """What `render` wrote."""
    return [_row(section.partition("\n")[0], line)
            for section in page.split("\n## ")[1:]
            for line in section.splitlines()[4:]]


def _row(holder: str, line: str) -> Row:
    gives, why = line.removeprefix("| ").removesuffix(" |").split(" | ")
    return Row(holder, gives, not why.startswith(_NEEDLESS), why.removeprefix(_NEEDLESS))


def _sections(rows: Sequence[Row]) -> Iterator[str]:
    for holder, given in groupby(rows, lambda row: row.holder):
        yield f"\n## {holder}\n\n| gives | what fails without it |\n|---|---|"
        for row in given:
            yield f"| {row.gives} | {'' if row.needed else _NEEDLESS}{row.why} |"
