"""Who was erased, as the bucket knows it without the table of users."""

from collections.abc import Iterator

from domain.erasure import ErasureError, read_mark
from domain.key import subject_hash
from domain.layout import ERASURES
from functions.shelf import Shelf
from recovery.report import Report


class Erasures:
    """The marks of all erased users, by hash. cost: 150 bytes of memory for each."""

    def __init__(self, shelf: Shelf, report: Report) -> None:
        self._at_ms: dict[int, int] = {}
        for listed in shelf.listed(ERASURES):
            try:
                who, at_ms = read_mark(listed.key)
            except ErasureError as error:
                report.problems.append(str(error))
                continue
            self._at_ms[who] = max(at_ms, self._at_ms.get(who, 0))

    def at_ms(self, subject: str) -> int | None:
        """When a user was erased, None when never."""
        return self._at_ms.get(subject_hash(subject))

    def __iter__(self) -> Iterator[int]:
        return iter(self._at_ms)
