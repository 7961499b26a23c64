import io
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from local.function import Function, FunctionError, Sandbox, share_environment
from local.template import TemplateError


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def sandbox(log: io.StringIO) -> Iterator[Sandbox]:
    made = Sandbox(log)
    yield made
    made.close()


def function(handler: str, sandbox: Sandbox, **variables: str) -> Function:
    return Function(handler.title(), {
        "Handler": f"tests.local.handlers.{handler}.handler", "Timeout": 7, "MemorySize": 512,
        "Environment": {"Variables": variables}}, sandbox.run)


def test_a_handler_gets_event_and_context(sandbox: Sandbox) -> None:
    made = function("echo", sandbox)
    made.load()

    answer = made.invoke({"n": 1})

    assert answer == {"statusCode": 200, "headers": {"X-Function": "Echo"}, "body": '{"n": 1}'}
    assert made.verb == "echo"


def test_what_a_handler_prints_goes_to_the_log(
    capsys: pytest.CaptureFixture[str], log: io.StringIO
) -> None:
    sandbox = Sandbox(log)  # here, since pytest takes stdout between a fixture and its test
    made = function("echo", sandbox)
    made.load()

    made.invoke({})
    sys.stdout.write("from the demo\n")
    sandbox.close()

    assert "echo was here" in log.getvalue()
    assert capsys.readouterr().out == "from the demo\n"


def test_what_a_handler_raises_is_one_error_and_a_traceback_in_the_log(
    sandbox: Sandbox, log: io.StringIO
) -> None:
    made = function("broken", sandbox)
    made.load()

    with pytest.raises(FunctionError, match="KeyError: 'broken on purpose'"):
        made.invoke({})

    assert "Traceback" in log.getvalue()


def test_an_answer_that_is_no_json_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(FunctionError, match="not JSON serializable"):
        sandbox.run(lambda: Function._invoke(function("echo", sandbox), {"bytes": b""}))


def test_a_function_that_lacks_a_variable_fails_at_its_start(sandbox: Sandbox) -> None:
    with pytest.raises(FunctionError, match="HEADWATER_STREAM_NAME"):
        function("take_in", sandbox).load()


def test_handlers_run_one_at_a_time_on_one_thread(sandbox: Sandbox) -> None:
    running: list[int] = []
    seen: set[tuple[int, int]] = set()

    def act() -> None:
        running.append(1)
        seen.add((threading.get_ident(), len(running)))
        running.pop()

    callers = [threading.Thread(target=sandbox.run, args=(act,)) for _ in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert len(seen) == 1
    assert next(iter(seen))[1] == 1


def test_stdout_is_given_back(log: io.StringIO) -> None:
    before = sys.stdout

    Sandbox(log).close()

    assert sys.stdout is before


def test_variables_that_differ_stay_each_functions_own(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "nobody")
    functions: dict[str, Any] = {
        name: function("echo", sandbox, HEADWATER_BUCKET="b", POWERTOOLS_SERVICE_NAME=name)
        for name in ("one", "two")}

    shared = share_environment(functions)
    functions["two"].load()

    assert shared == {"HEADWATER_BUCKET": "b"}
    assert os.environ["POWERTOOLS_SERVICE_NAME"] == "two"


def test_a_setting_means_the_same_in_every_function(sandbox: Sandbox) -> None:
    functions = {"one": function("echo", sandbox, HEADWATER_BUCKET="a"),
                 "two": function("echo", sandbox, HEADWATER_BUCKET="b")}

    with pytest.raises(TemplateError, match="HEADWATER_BUCKET"):
        share_environment(functions)


def test_what_a_handler_asks_for_runs_within_it(sandbox: Sandbox, log: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError("inside")

    def act() -> list[Any]:
        with pytest.raises(FunctionError, match="inside"):
            sandbox.run(fail)
        return [threading.get_ident(), sandbox.run(threading.get_ident)]

    first, second = sandbox.run(act)

    assert first == second
    assert "ValueError: inside" in log.getvalue()
