"""Each room works with its own dependencies alone: every other package is made unimportable."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

AUTHORIZER = ("authorize", "issuer")
# Without the authorizer's packages nothing but the authorizer misses them.
OTHERS = sorted(path.stem for path in (ROOT / "functions").glob("*.py")
                if path.stem not in ("__init__", *AUTHORIZER))

CLIENT = sorted(path.stem for path in (ROOT / "clients/python/headwater_client").glob("[!_]*.py"))

# Room -> the extras of pyproject.toml that it is shipped with, and its files.
UPDATERS = ("carry_signature", "check_key", "ingest_events", "manage_batches", "manage_catalog",
            "manage_models",
            "measure_models", "probe_freshness", "put_personalize", "start_training",
            "step_rollout",
            "update_item_features", "update_user_features", "write_event_log")
ALONE = {
    "updaters": (["functions"], [f"functions.{verb}" for verb in UPDATERS]),
    "scoring": (["functions", "scoring"], [f"functions.{module}" for module in OTHERS]),
    "authorizer": (["functions", "tokens"], [f"functions.{module}" for module in AUTHORIZER]),
    "model": (["model", "search"], ["model.*"]),
    "infra": (["infra"], ["infra.*"]),
    "recovery": (["functions", "scoring", "recovery"], ["recovery.*"]),
    "clients": (["clients"], [f"clients.python.headwater_client.{module}" for module in CLIENT]),
}

SCRIPT = """
import importlib, importlib.metadata, re, sys
from pathlib import Path

extras, wanted = sys.argv[1].split(","), sys.argv[2].split(",")
import tomllib
project = tomllib.loads(Path("pyproject.toml").read_text())["project"]


def canonical(requirement):
    return re.match(r"[A-Za-z0-9._-]+", requirement).group().lower().replace("_", "-")


allowed, waiting = set(), [canonical(r) for e in extras
                           for r in project["optional-dependencies"][e]]
while waiting:
    name = waiting.pop()
    if name not in allowed:
        allowed.add(name)
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        waiting += [canonical(n) for n in needs if "extra ==" not in n]

others = {top for top, owners in importlib.metadata.packages_distributions().items()
          if not {o.lower().replace("_", "-") for o in owners} & allowed}


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in others:
            raise ModuleNotFoundError(f"{name} is not among the dependencies of {extras}")


sys.meta_path.insert(0, Absent())
sys.path.insert(0, ".")
for pattern in wanted:
    room = pattern.partition(".")[0]
    modules = ([f"{room}.{p.stem}" for p in sorted(Path(room).glob("*.py")) if p.stem[0] != "_"]
               if pattern.endswith("*") else [pattern])
    for module in modules:
        importlib.import_module(module)
"""


@pytest.mark.parametrize("room", ALONE)
def test_a_room_imports_with_its_own_dependencies_alone(room: str) -> None:
    extras, modules = ALONE[room]

    ran = subprocess.run([sys.executable, "-c", SCRIPT, ",".join(extras), ",".join(modules)],
                         cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
