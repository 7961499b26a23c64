"""Records of one shard that keep their order -> batches, tried until they are done or given up.

The two ways in which a function fails differ: it raises (the batch is halved, where the mapping
says so, and a half that fails spends no retry), or it names the first record it could not do (all
before it are done, the rest comes again, and the count of retries starts anew since it is another
batch; the documentation leaves that point open).
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from local.function import FunctionError
from local.mapping import MAX_PAYLOAD_BYTES, EventSource, arrival_s, size_bytes

if TYPE_CHECKING:
    from types_boto3_kinesis.type_defs import RecordTypeDef as StreamRecord

FIRST_RETRY_S = 0.1  # then twice as long each time; AWS states no figure
LAST_RETRY_S = 10.0

Invoke = Callable[[Sequence["StreamRecord"]], Any]
# records, condition, invocations so far
GiveUp = Callable[[Sequence["StreamRecord"], str, int], None]


@dataclass(frozen=True)
class Trial:
    """A batch on its way: how often its function was called, and when it is next."""

    records: Sequence["StreamRecord"]
    invocations: int = 0
    retries: int = 0
    not_before_s: float = 0.0


class Lane:
    """`add` records in the order of their shard, `step` until `idle`."""

    def __init__(self, source: EventSource, invoke: Invoke, give_up: GiveUp) -> None:
        self._source, self._invoke, self._give_up = source, invoke, give_up
        self._waiting: deque[StreamRecord] = deque()
        self._trials: deque[Trial] = deque()
        self._waiting_bytes = 0
        self._since_s = 0.0

    @property
    def idle(self) -> bool:
        """Nothing waits and nothing is being tried."""
        return not self._waiting and not self._trials

    @property
    def held(self) -> int:
        """Records not done yet."""
        return len(self._waiting) + sum(len(trial.records) for trial in self._trials)

    @property
    def first_sequence(self) -> int | None:
        """Of the first record that is not done yet."""
        first = self._trials[0].records[0] if self._trials else (self._waiting or [None])[0]
        return int(first["SequenceNumber"]) if first else None

    def add(self, record: "StreamRecord", now_s: float) -> None:
        """Take a record; the first one opens the batching window."""
        if not self._waiting:
            self._since_s = now_s
        self._waiting.append(record)
        self._waiting_bytes += size_bytes(record)

    def step(self, now_s: float, *, flush: bool = False, scale: float = 1.0) -> bool:
        """Call the function once if something is due; True = it was called, or records given up.

        flush: windows count as over. scale: of windows and of pauses between retries.
        """
        if not self._trials and self._due(now_s, flush, scale):
            self._trials.append(Trial(self._cut(now_s)))
        if not self._trials or now_s < self._trials[0].not_before_s:
            return False
        trial = self._trials.popleft()
        old = self._too_old(trial, now_s)
        if old:
            self._give_up(trial.records[:old], "RecordAgeExceeded", trial.invocations)
            self._again(replace(trial, records=trial.records[old:]))
        else:
            self._try(replace(trial, invocations=trial.invocations + 1), now_s, scale)
        return True

    def _due(self, now_s: float, flush: bool, scale: float) -> bool:
        return bool(self._waiting) and (
            flush or len(self._waiting) >= self._source.batch_size
            or now_s - self._since_s >= self._source.window_s * scale
            or self._waiting_bytes >= MAX_PAYLOAD_BYTES)

    def _cut(self, now_s: float) -> list["StreamRecord"]:
        records: list[StreamRecord] = []
        room = MAX_PAYLOAD_BYTES
        while self._waiting and len(records) < self._source.batch_size:
            size = size_bytes(self._waiting[0])
            if records and size > room:
                break
            records.append(self._waiting.popleft())
            room -= size
            self._waiting_bytes -= size
        self._since_s = now_s
        return records

    def _too_old(self, trial: Trial, now_s: float) -> int:
        if self._source.max_age_s < 0:
            return 0
        limit = now_s - self._source.max_age_s
        return sum(arrival_s(record) < limit for record in trial.records)

    def _try(self, trial: Trial, now_s: float, scale: float) -> None:
        try:
            first = self._source.first_failed(trial.records, self._invoke(trial.records))
        except FunctionError:
            if self._source.bisects and len(trial.records) > 1:
                self._halve(trial)
            else:
                self._retry(trial, now_s, scale)
            return
        if first:
            self._again(Trial(trial.records[first:], trial.invocations,
                              not_before_s=now_s + FIRST_RETRY_S * scale))
        elif first == 0:
            self._retry(trial, now_s, scale)

    def _halve(self, trial: Trial) -> None:
        middle = len(trial.records) // 2
        self._again(replace(trial, records=trial.records[middle:]))
        self._again(replace(trial, records=trial.records[:middle]))

    def _retry(self, trial: Trial, now_s: float, scale: float) -> None:
        if 0 <= self._source.max_retries <= trial.retries:
            self._give_up(trial.records, "RetryAttemptsExhausted", trial.invocations)
            return
        pause_s = min(FIRST_RETRY_S * 2 ** min(trial.retries, 10), LAST_RETRY_S) * scale
        self._again(replace(trial, retries=trial.retries + 1, not_before_s=now_s + pause_s))

    def _again(self, trial: Trial) -> None:
        if trial.records:
            self._trials.appendleft(trial)
