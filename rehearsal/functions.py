"""The functions of a deployment: called, restarted, broken, and their logs read."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rehearsal.engine import Engine, RehearsalError

_PACKAGE = "functions."  # handlers of ours; CDK brings one of its own


class Functions:
    """By verb. names: verb -> the function's name."""

    def __init__(self, engine: Engine, names: Sequence[str]) -> None:
        self._lambda, self._logs = engine.client("lambda"), engine.client("logs")
        handlers = {name: self._config(name)["Handler"] for name in names}
        self.names = {handler.split(".")[1]: name for name, handler in handlers.items()
                      if handler.startswith(_PACKAGE)}

    def arn(self, verb: str) -> str:
        """Of a function."""
        return str(self._config(self.names[verb])["FunctionArn"])

    def invoke(self, verb: str, event: Any, *, background: bool = False) -> Any:
        """Call and answer with what it did, or only have it called.

        raises: RehearsalError, when it fails.
        """
        given = self._lambda.invoke(
            FunctionName=self.names[verb], Payload=json.dumps(event, default=str).encode(),
            InvocationType="Event" if background else "RequestResponse")
        answer = json.loads(given["Payload"].read() or b"null")
        if "FunctionError" in given:
            raise RehearsalError(f"{verb} failed: {answer}")
        return answer

    def restart(self, verb: str) -> None:
        """The next call is a cold start."""
        self._surround(verb, self._config(self.names[verb])["Environment"])

    @contextmanager
    def broken(self, *verbs: str) -> Iterator[None]:
        """They fail at every call, as after a wrong change of a setting."""
        whole = {verb: self._config(self.names[verb])["Environment"] for verb in verbs}
        for verb in verbs:
            self._surround(verb, {"Variables": {"BROKEN": "yes"}})
        try:
            yield
        finally:
            for verb, environment in whole.items():
                self._surround(verb, environment)

    def log(self, verb: str, since_ms: int) -> list[str]:
        """Lines since a moment."""
        group = self._config(self.names[verb])["LoggingConfig"]["LogGroup"]
        found = self._logs.filter_log_events(logGroupName=group, startTime=since_ms)
        return [event["message"] for event in found["events"]]

    def _surround(self, verb: str, environment: Any) -> None:
        self._lambda.update_function_configuration(
            FunctionName=self.names[verb], Environment=environment)

    def _config(self, name: str) -> dict[str, Any]:
        return dict(self._lambda.get_function_configuration(FunctionName=name))
