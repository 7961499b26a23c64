"""Copies that start ahead of a call are primed; what is restored from a snapshot looks anew."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from domain.catalog import Item
from functions import recommend
from functions.warm import HOOKS, VARIABLE, at_start
from local import planted
from tests.conftest import Trained
from tests.functions.artifacts import now_ms
from tests.functions.outage import Clock, Outage
from tests.functions.stage import Stage, record

ROOT = Path(__file__).parents[2]
LIST = "/users/{user_id}/recommendations"
UP = planted.walk(0, 3, 1, 4)


def nothing() -> None:
    """Done before the first call."""


def after() -> None:
    """Done after a restore."""


def started(env: dict[str, str]) -> tuple[list[str], list[Callable[[], None]]]:
    """Modules asked for, and what is done, or registered to be: before a snapshot, after it."""
    asked: list[str] = []
    done: list[Callable[[], None]] = []

    def find(name: str) -> SimpleNamespace:
        asked.append(name)
        return SimpleNamespace(register_before_snapshot=done.append,
                               register_after_restore=done.append)

    at_start(env, lambda: done.append(nothing), after, find)
    return asked, done


@pytest.mark.parametrize("env", [{}, {VARIABLE: "on-demand"}])
def test_who_starts_for_a_caller_does_nothing_ahead(env: dict[str, str]) -> None:
    assert started(env) == ([], [])


def test_who_is_provisioned_is_primed_at_once() -> None:
    assert started({VARIABLE: "provisioned-concurrency"}) == ([], [nothing])


def test_a_snapshot_is_taken_of_who_is_primed() -> None:
    asked, (before, restored) = started({VARIABLE: "snap-start"})

    assert asked == [HOOKS]
    assert restored is after
    assert before is not after


FAKE_HOOKS = """
found = []
def register_before_snapshot(act): found.append(("before", act.__name__))
def register_after_restore(act): found.append(("after", act.__name__))
"""


def imported(tmp_path: Path, say: str, **env: str) -> str:
    (tmp_path / f"{HOOKS}.py").write_text(FAKE_HOOKS)
    told = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{tmp_path}",
            "POWERTOOLS_METRICS_NAMESPACE": "test", "OMP_NUM_THREADS": "1", **env}
    ran = subprocess.run([sys.executable, "-c", f"import sys, functions.recommend\n{say}"],
                         env=told, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def test_the_function_tells_lambda_what_to_do_around_a_snapshot(tmp_path: Path) -> None:
    found = imported(tmp_path, f"print(sys.modules['{HOOKS}'].found)", **{VARIABLE: "snap-start"})

    assert found == "[('before', 'prime'), ('after', 'wake')]"


def test_a_start_imports_no_client_of_aws(tmp_path: Path) -> None:
    """It takes as long as numpy and ONNX Runtime together."""
    heavy = ("boto3", "botocore.client", "urllib3", "s3transfer", HOOKS)

    assert imported(tmp_path, f"print([n for n in {heavy} if n in sys.modules])") == "[]"


def test_who_was_primed_reads_for_a_list_the_user_alone(
    stage: Stage, trained: Trained
) -> None:
    stage.items().put([Item(i.item_id, {"item_id": i.item_id}, now_ms()) for i in planted.items()])
    stage.deliver("update_user_features", [record(0, "user-1", *UP)])
    files = {path.name: path.read_bytes() for path in Path(trained.folder).iterdir()}
    assert stage.end_job("first", files, now_ms())["promoted"]
    stage.restart("recommend")
    recommend.prime()
    tables = {stage.setting(f"{name}_table"): name for name in ("users", "models", "items")}
    outage = Outage(tables, Clock(), dict.fromkeys(("models", "items", "models/"), "fails"))
    stage.cloud.engine.intercept(outage)

    primed = stage.call("GET", LIST, user_id="user-1")
    before = dict(outage.tried)
    recommend.wake()
    restored = stage.call("GET", LIST, user_id="user-1")
    stage.cloud.engine.intercept()

    assert primed.body["source"] == restored.body["source"] == "personal"
    assert before == {}
    assert set(outage.tried) == {"models", "items"}  # looked for anew, whatever the clock says
    assert stage.counted("Recommendations") == 2  # and none for nobody
