"""Who was erased, as the bucket knows it without the table of users."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tqdm import tqdm

from domain.erasure import ErasureError, read_mark
from domain.key import subject_hash
from domain.layout import ERASURES
from functions.shelf import Shelf
from functions.users import Users
from recovery.report import Report
from recovery.stack import THREADS


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

    def __len__(self) -> int:
        return len(self._at_ms)

    def __iter__(self) -> Iterator[int]:
        return iter(self._at_ms)


def erase_again(erasures: Erasures, users: Users, report: Report) -> set[int]:
    """Erase who is marked and of whom the table knows more than that; answers whose marks it holds.

    A backup brings back what no log tells of: attributes, and events older than the log.
    cost: all of the table is read, where there is a mark at all.
    """
    held: set[int] = set()
    back: dict[str, int] = {}
    for subject, is_mark in tqdm(users.rows() if erasures else (), desc="looking for the erased",
                                 unit="row", disable=None):
        at_ms = erasures.at_ms(subject)
        if at_ms is not None:
            held.add(subject_hash(subject))
            if not is_mark:
                back[subject] = at_ms
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(users.erase, back.keys(), back.values()))
    report.counts["erased users who had come back"] += len(back)
    return held
