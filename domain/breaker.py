"""When somebody who did not answer is asked again, and whether what was learnt is still new."""

from typing import NamedTuple, Self


class Breaker(NamedTuple):
    """Failures in a row, by which others are spared the wait.

    limit:     so many, and nobody asks for `rest_ms`; then one may, and by the answer all, or none.
    failed_ms: when the last one was.
    """

    limit: int
    rest_ms: int
    failures: int = 0
    failed_ms: int = 0

    def may_ask(self, now_ms: int) -> bool:
        """Is there hope?"""
        return self.failures < self.limit or not is_within(now_ms, self.failed_ms, self.rest_ms)

    def failed(self, now_ms: int) -> Self:
        """After a call that was not answered."""
        return self._replace(failures=self.failures + 1, failed_ms=now_ms)

    def answered(self) -> Self:
        """After one that was."""
        return self._replace(failures=0)


def is_within(now_ms: int, since_ms: int, span_ms: int) -> bool:
    """Is a moment less than a span ago? One that is yet to come, by a clock set back, is not."""
    return 0 <= now_ms - since_ms < span_ms
