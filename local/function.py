"""One Lambda as the local cloud runs it: its module, its environment, one event at a time."""

import importlib
import io
import json
import os
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TextIO

from functions.environment import PREFIX
from local.template import ACCOUNT, REGION, Template, TemplateError

Run = Callable[[Callable[[], Any]], Any]


class FunctionError(RuntimeError):
    """The handler raised, or answered what is no JSON; its traceback is in the functions' log."""


@dataclass(frozen=True)
class Context:
    """What Lambda tells a handler of its invocation.

    source: AWS, "Using the Lambda context object to retrieve Python function information".
    """

    function_name: str
    memory_limit_in_mb: str
    deadline: float
    function_version: str = "$LATEST"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    log_stream_name: str = "local"

    @property
    def invoked_function_arn(self) -> str:
        """Without an alias."""
        return arn(self.function_name)

    @property
    def log_group_name(self) -> str:
        """Where its lines would be in CloudWatch."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Until the configured timeout, which nobody enforces here."""
        return max(0, round((self.deadline - time.monotonic()) * 1000))


class Sandbox:
    """The one thread on which every handler runs, in order of arrival.

    Handlers are written for Lambda, which gives a process one event at a time; powertools keeps
    metrics in the process, so two handlers at once would mix theirs. What that thread prints goes
    to the log, as it goes to CloudWatch there, and not between the lines of a demo.
    """

    def __init__(self, log: TextIO) -> None:
        self._pool = ThreadPoolExecutor(1, "sandbox")
        self._log = log
        self._thread = self._pool.submit(threading.get_ident).result()
        self._console, self._split = sys.stdout, _Split(sys.stdout, log, self._thread)
        sys.stdout = self._split

    def run(self, act: Callable[[], Any]) -> Any:
        """Run an act and wait for it; one that a handler asks for runs within it.

        raises: FunctionError, from whatever it raised.
        """
        is_within = threading.get_ident() == self._thread
        future = _done(act) if is_within else self._pool.submit(act)
        error = future.exception()
        if error is None:
            return future.result()
        self._log.write("".join(traceback.format_exception(error)))
        raise FunctionError(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Wait for what is running, end the thread, give stdout back."""
        self._pool.shutdown()
        if sys.stdout is self._split:  # else somebody else took it meanwhile
            sys.stdout = self._console


def _done(act: Callable[[], Any]) -> "Future[Any]":
    future: Future[Any] = Future()
    try:
        future.set_result(act())
    except BaseException as error:  # noqa: BLE001 - as a pool does: `run` tells of whatever it was
        future.set_exception(error)
    return future


class Function:
    """A function of the template: `invoke` is what API Gateway and the event sources call.

    run: does what the handler does, as `Sandbox.run`.
    own: environment variables that other functions hold with other values.
    """

    def __init__(self, name: str, properties: Mapping[str, Any], run: Run) -> None:
        self.name = name
        self.module_name, _, self.handler_name = properties["Handler"].rpartition(".")
        self.environment: dict[str, str] = properties.get("Environment", {}).get("Variables", {})
        self.own: dict[str, str] = {"AWS_LAMBDA_FUNCTION_NAME": name}
        self._timeout_s = float(properties.get("Timeout", 3))  # Lambda's default
        self._memory = str(properties.get("MemorySize", 128))  # Lambda's default
        self._run = run

    @property
    def verb(self) -> str:
        """The handler's module: functions.recommend.handler -> recommend."""
        return str(self.module_name.rpartition(".")[2])

    def load(self) -> None:
        """Import the module and have its adapters built anew: Lambda's init phase.

        raises: FunctionError, when it cannot be imported or its environment lacks something.
        """
        self._run(self._load)

    def forget(self) -> None:
        """Drop the adapters, so that nothing holds on to this cloud."""
        adapters = getattr(sys.modules.get(self.module_name), "adapters", None)
        if adapters is not None:
            adapters.cache_clear()

    def invoke(self, event: Any) -> Any:
        """What the handler answers, as JSON would carry it.

        raises: FunctionError, when it raises.
        """
        return self._run(lambda: self._invoke(event))

    def _load(self) -> ModuleType:
        os.environ.update(self.own)
        module = importlib.import_module(self.module_name)
        self.forget()
        if hasattr(module, "adapters"):
            module.adapters()
        return module

    def _invoke(self, event: Any) -> Any:
        os.environ.update(self.own)
        handler = getattr(sys.modules[self.module_name], self.handler_name)
        context = Context(self.name, self._memory, time.monotonic() + self._timeout_s)
        return json.loads(json.dumps(handler(event, context)))


def functions_of(template: Template, run: Run) -> dict[str, Function]:
    """Every function of a template whose names are bound, by logical id."""
    return {name: Function(name, template.resolve(_known(properties)), run)
            for name, properties in template.resources("AWS::Lambda::Function").items()}


def share_environment(functions: Mapping[str, Function]) -> dict[str, str]:
    """The variables on which all functions agree; the others stay each function's own.

    raises: TemplateError, when a setting means one thing here and another there.
    """
    values: dict[str, set[str]] = {}
    for function in functions.values():
        for name, value in function.environment.items():
            values.setdefault(name, set()).add(value)
    if torn := sorted(n for n, found in values.items() if n.startswith(PREFIX) and len(found) > 1):
        raise TemplateError(f"functions disagree on {', '.join(torn)}")
    shared = {name: found.pop() for name, found in values.items() if len(found) == 1}
    for function in functions.values():
        function.own |= {n: v for n, v in function.environment.items() if n not in shared}
    return shared


def arn(name: str) -> str:
    """The ARN of a function."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def _known(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a function that matters here; code, layers and log group are not resolved."""
    return {key: properties[key] for key in ("Handler", "Environment", "Timeout", "MemorySize")
            if key in properties}


class _Split(io.TextIOBase):
    """stdout that sends what one thread writes to a log."""

    def __init__(self, console: TextIO, log: TextIO, thread: int) -> None:
        self._console, self._log, self._thread = console, log, thread

    def write(self, text: str) -> int:
        if threading.get_ident() != self._thread:
            return self._console.write(text)
        return 0 if self._log.closed else self._log.write(text)

    def flush(self) -> None:
        if threading.get_ident() != self._thread:
            self._console.flush()

    def isatty(self) -> bool:
        return self._console.isatty()
