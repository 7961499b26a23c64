"""The deployed event source mappings at work: the local cloud's pump, under each function's role.

Lambda reads the stream, and parks what a function cannot handle, with the role of the function.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from local.function import FunctionError
from local.mapping import EventSource
from local.pump import Checkpoint, Pump
from rehearsal.engine import Engine

SCALE = 0.2  # of windows and of pauses between retries


class Consumers:
    """All mappings of the given functions, each with its own pump and thread.

    begin: where in a shard they begin; else with its oldest record.
    scale: of windows and of pauses between retries.
    """

    def __init__(self, engine: Engine, functions: Sequence[str],
                 begin: Mapping[str, Checkpoint] | None = None, scale: float = SCALE) -> None:
        self._lambda, self._begin, self._scale = engine.client("lambda"), begin or {}, scale
        self.pumps = {name: self._pump(engine, name, mapping)
                      for name in functions for mapping in self._mappings(name)}
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(max(1, len(self.pumps)), "consumer")
        self._running: dict[str, Future[None]] = {
            name: self._pool.submit(pump.run, self._stopped) for name, pump in self.pumps.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def done_with(self, shard: str, sequence: int) -> bool:
        """Every mapping is past this record, in whatever way."""
        done = [checkpoint for pump in self.pumps.values()
                for name, checkpoint in pump.checkpoints.items() if name.endswith(f"/{shard}")]
        return len(done) == len(self.pumps) and all(
            kind == "AFTER_SEQUENCE_NUMBER" and int(at) >= sequence for kind, at in done)

    @property
    def given_up(self) -> list[str]:
        """A sentence for each time records were given up."""
        return [sentence for pump in self.pumps.values() for sentence in pump.given_up]

    def check(self) -> None:
        """Raise what stopped a pump, such as a role that may not read the stream."""
        for future in self._running.values():
            if future.done():
                future.result()

    def close(self) -> None:
        """Stop reading."""
        self._stopped.set()
        self._pool.shutdown()

    def _mappings(self, function: str) -> list[dict[str, Any]]:
        found = self._lambda.list_event_source_mappings(FunctionName=function)
        return list(found["EventSourceMappings"])

    def _pump(self, engine: Engine, function: str, mapping: dict[str, Any]) -> Pump:
        role = self._lambda.get_function_configuration(FunctionName=function)["Role"]
        session = engine.assume(role, "event-source-mapping")
        source = EventSource.from_properties(mapping["UUID"], function, mapping)
        return Pump([source], self._invoke, engine.client("kinesis", session),
                    engine.client("s3", session), window_scale=self._scale,
                    checkpoints={f"{source.name}/{shard}": checkpoint
                                 for shard, checkpoint in self._begin.items()})

    def _invoke(self, function: str, event: Any) -> Any:
        given = self._lambda.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        answer = json.loads(given["Payload"].read() or b"null")
        if "FunctionError" in given:
            raise FunctionError(f"{function}: {answer}")
        return answer
