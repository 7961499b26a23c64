"""What a client remembers of what it has sent: for its next list, and for what came of a list."""

from collections import OrderedDict, deque
from collections.abc import Iterable
from urllib.parse import quote

from . import limits
from .entry import Entry

MAX_SHOWN = 10_000  # items on lists, of all users together; the oldest are forgotten first


class Recall:
    """Not for two threads at once."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[tuple[float, str]]] = {}
        self._order: deque[tuple[float, str]] = deque()
        self._shown: OrderedDict[tuple[str, str], str] = OrderedDict()

    def sent(self, batch: list[Entry], now_s: float) -> None:
        """A batch arrived; lists may not know it yet."""
        for item_id in _items(batch):
            self._sent.setdefault(batch[0].subject, deque()).append((now_s, item_id))
            self._order.append((now_s, batch[0].subject))
        self._forget(now_s)

    def recent(self, subject: str, held: Iterable[Entry], now_s: float) -> list[str]:
        """Items that lists may not know of, oldest first, as many as a query may name."""
        self._forget(now_s)
        item_ids = [item_id for _, item_id in self._sent.get(subject, ())] + _items(held)
        chosen: dict[str, None] = {}
        room = limits.MAX_QUERY
        for item_id in reversed(item_ids):
            if item_id not in chosen:
                room -= len(f"&recent={quote(item_id, safe='')}")
                if room < 0 or len(chosen) == limits.MAX_RECENT:
                    break
                chosen[item_id] = None
        return list(chosen)[::-1]

    def show(self, subject: str, item_id: str, recommendation_id: str) -> None:
        """An item was shown on a list."""
        self._shown[subject, item_id] = recommendation_id
        self._shown.move_to_end((subject, item_id))
        if len(self._shown) > MAX_SHOWN:
            self._shown.popitem(last=False)

    def shown(self, subject: str, item_id: str) -> str | None:
        """The last list that showed an item to somebody."""
        return self._shown.get((subject, item_id))

    def _forget(self, now_s: float) -> None:
        while self._order and self._order[0][0] <= now_s - limits.RECENT_S:
            _, subject = self._order.popleft()
            self._sent[subject].popleft()
            if not self._sent[subject]:
                del self._sent[subject]


def _items(entries: Iterable[Entry]) -> list[str]:
    return [entry.event["item_id"] for entry in entries
            if entry.event and entry.event["type"] not in limits.NEVER_RECENT]
