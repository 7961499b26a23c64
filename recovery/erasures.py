"""Who was erased and what was forgotten, as the bucket knows it without the table of users."""

from concurrent.futures import ThreadPoolExecutor

from tqdm import tqdm

from domain.erasure import Forgotten
from functions.event_log import THREADS
from functions.sessions import SESSION
from functions.transaction import StaleStateError
from functions.users import MARK, STATE, Change, Users
from recovery.report import Report
from recovery.row import forget_until, read_row


def erase_again(forgotten: Forgotten, users: Users, report: Report) -> None:
    """Refuse whoever is erased, delete what is in the table of them, and forget what was forgotten.

    A backup brings back what no log tells of: attributes, and events older than the log.
    cost: all of the table is read, where anybody is erased or forgotten at all.
    """
    erased_ms = forgotten.erased_ms
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(users.refuse, erased_ms.keys(), erased_ms.values()))
        back: list[tuple[str, str]] = []
        older: list[str] = []
        for subject, part in tqdm(users.rows() if forgotten else (), unit="row", disable=None,
                                  desc="looking for the erased"):
            if part == MARK:
                continue
            if _refuses(forgotten, subject, part):
                back.append((subject, part))
            elif part == STATE and forgotten.until_ms(subject) >= 0:
                older.append(subject)
        list(pool.map(lambda row: users.delete(*row), back))
        forgot = sum(pool.map(
            lambda subject: _forget_again(subject, forgotten.until_ms(subject), users), older))
    report.counts["erased users who had come back"] += len({subject for subject, _ in back})
    report.counts["states that had come back though they were forgotten"] += forgot


def _refuses(forgotten: Forgotten, subject: str, part: str) -> bool:
    """Does a row name somebody who is erased?"""
    return forgotten.refuses(subject) or (
        part.startswith(SESSION) and forgotten.refuses(part.removeprefix(SESSION)))


def _forget_again(subject: str, until_ms: int, users: Users) -> bool:
    """Was there anything to be forgotten? The updater may be writing the same row."""
    while True:
        row = read_row(subject, users)
        seen = forget_until(row, until_ms)
        if row.erased or not row.revision or seen is row:
            return False
        try:
            users.put(Change(subject, seen.state, seen))
        except StaleStateError:
            continue
        return seen.state != row.state
