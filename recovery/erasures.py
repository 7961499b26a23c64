"""Who was erased, as the bucket knows it without the table of users."""

from concurrent.futures import ThreadPoolExecutor

from tqdm import tqdm

from domain.erasure import Forgotten
from domain.key import subject_hash
from functions.event_log import THREADS
from functions.users import MARK, Users
from recovery.report import Report


def erase_again(forgotten: Forgotten, users: Users, report: Report) -> None:
    """Refuse whoever is erased, and delete what is in the table of them.

    A backup brings back what no log tells of: attributes, and events older than the log.
    cost: all of the table is read, where anybody is erased at all.
    """
    erased_ms = forgotten.erased_ms
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(users.refuse, erased_ms.keys(), erased_ms.values()))
        back = [(subject, part) for subject, part in tqdm(
                    users.rows() if erased_ms else (), desc="looking for the erased", unit="row",
                    disable=None)
                if part != MARK and subject_hash(subject) in erased_ms]
        list(pool.map(lambda row: users.delete(*row), back))
    report.counts["erased users who had come back"] += len({subject for subject, _ in back})
