"""The event log of the bucket, object by object, read ahead by threads."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from domain.layout import EVENT_LOG
from domain.record import Record, RecordError, decode_log
from functions.aws import CONFIG
from functions.shelf import Listed, Shelf

THREADS = 16  # calls on their way at once; what waits is the network, one core serves them all
MANY = CONFIG._replace(connections=THREADS)
GONE = "gone since it was listed"


class EventLog:
    """The log as it is read whole."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def objects(self, since_day: str = "") -> list[Listed]:
        """What the log holds now, of the days from `since_day` (YYYY-MM-DD) on, by key."""
        return list(self._shelf.listed(
            EVENT_LOG, f"{EVENT_LOG}dt={since_day}" if since_day else ""))

    def read(self, objects: Sequence[Listed]) -> Iterator[tuple[Listed, list[Record] | str]]:
        """Each object with its records, in their order, or with the reason why there are none.

        cost: `THREADS` objects in memory, of at most 6 MB each before they are unpacked.
        """
        with ThreadPoolExecutor(THREADS) as pool:
            for start in range(0, len(objects), THREADS):
                chosen = objects[start:start + THREADS]
                found = pool.map(self._shelf.get, [listed.key for listed in chosen])
                for listed, data in zip(chosen, found, strict=True):
                    yield listed, _records(data)


def _records(data: bytes | None) -> list[Record] | str:
    """An object with one bad line is refused whole: what it lacks is lost for some user."""
    if data is None:
        return GONE
    try:
        return list(decode_log(data))
    except RecordError as error:
        return str(error)
