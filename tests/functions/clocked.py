"""A bucket by a clock of the test's own: moto stamps what is written with the time of today."""

from collections.abc import Iterator, Sequence

from domain.record import Record
from functions.shelf import Listed, Shelf
from tests.functions.stage import NOW_MS, Stage


class Clocked(Shelf):
    """What is written through it bears `now_ms`, what else is there `NOW_MS`.

    read: the keys that were asked for.   listings: prefix, after of each listing.
    seen: how many objects they told of.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.bucket, stage.client("s3"))
        self.now_ms = NOW_MS
        self.read: list[str] = []
        self.listings: list[tuple[str, str]] = []
        self.seen = 0
        self._written_ms: dict[str, int] = {}

    def get(self, key: str) -> bytes | None:
        self.read.append(key)
        return super().get(key)

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        self.listings.append((prefix, after))
        for found in super().listed(prefix, after):
            self.seen += 1
            yield found._replace(written_ms=self._written_ms.get(found.key, NOW_MS))

    def write_log(self, records: Sequence[Record], arrived_ms: int) -> str:
        key = super().write_log(records, arrived_ms)
        self._written_ms[key] = self.now_ms
        return key

    def put(self, key: str, data: bytes) -> None:
        super().put(key, data)
        self._written_ms[key] = self.now_ms

    def replace(self, listed: Listed, data: bytes) -> bool:
        replaced = super().replace(listed, data)
        if replaced:
            self._written_ms[listed.key] = self.now_ms
        return replaced
