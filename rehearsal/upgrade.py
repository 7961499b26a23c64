"""python -m rehearsal.upgrade [version]: from a version of before to this one, data and all.

version: a tag or commit; the newest tag behind this commit, if none is given.
"""

import os
import subprocess
import sys
import tarfile
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from domain import layout
from local.template import ROOT
from rehearsal import flow
from rehearsal.cdk import Cdk
from rehearsal.deployed import Deployed
from rehearsal.engine import FOLDER, Engine, RehearsalError
from rehearsal.steps import step, words

READERS = tuple(f"user-{n}" for n in range(5))
_STATEFUL = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Kinesis::Stream",
             "AWS::ApiGateway::RestApi", "AWS::ApiGateway::ApiKey")


class Known(NamedTuple):
    """What a deployment knows and answers."""

    histories: list[Any]
    item: Any
    current: str
    versions: int
    logged: set[str]
    standing: set[tuple[str, str]]


def main(version: str = "") -> None:
    """Deploy, fill and train the old one; deploy this one over it; read, go on, train again."""
    version = version or newest_tag()
    print(f"from {version}")
    settings = {"hyperparameters": flow.HYPERPARAMETERS}
    with Engine() as engine:
        old, new = Cdk(engine, export(version)), Cdk(engine)
        step("cdk bootstrap", new.bootstrap)
        outputs = step(f"cdk deploy of {version}", lambda: old.deploy("shop", settings))
        with Deployed(engine, "shop", outputs) as shop:
            for act in (flow.fill, flow.see_features, train):
                step(words(act), partial(act, shop))
            before = look(shop)
        outputs = step("cdk deploy of this version", lambda: new.deploy("shop", settings))
        step("make sign", lambda: sign(engine))
        with Deployed(engine, "shop", outputs) as shop:
            step("all that was known is known", lambda: compare(before, look(shop)))
            step(words(flow.see_lists), partial(flow.see_lists, shop))
            step(words(train_again), lambda: train_again(shop, before))
        step("cdk destroy", lambda: new.destroy("shop", settings))


def newest_tag() -> str:
    """The last version before this commit.

    raises: RehearsalError, where no tag is known, as in a shallow clone.
    """
    found = _git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^")
    if found.returncode:
        raise RehearsalError("no version is tagged before this one: name one, or fetch the tags")
    return found.stdout.decode().strip()


def export(version: str) -> Path:
    """The files of a version, in a folder of their own."""
    found = _git("archive", version)
    if found.returncode:
        raise RehearsalError(f"{version}: {found.stderr.decode().strip()}")
    folder = FOLDER / "versions" / version
    with tarfile.open(fileobj=BytesIO(found.stdout)) as tar:
        tar.extractall(folder, filter="data")
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(ROOT / "node_modules")
    return folder


def sign(engine: Engine) -> None:
    """The model of before may serve, as docs/upgrading.md has an operator say.

    raises: RehearsalError, when the command fails.
    """
    done = subprocess.run([sys.executable, "-m", "recovery", "sign", "--stack", "shop"], cwd=ROOT,
                          env={**os.environ, **engine.shell()}, capture_output=True, check=False)
    if done.returncode:
        raise RehearsalError(f"make sign: {(done.stdout + done.stderr).decode().strip()}")


def train(shop: Deployed) -> None:
    """A model serves."""
    for verb in ("roll_up_catalog", "roll_up_trends", "start_training"):
        shop.functions.invoke(verb, {})
    flow.see_model(shop)


def look(shop: Deployed) -> Known:
    """Through the API, and where it lies."""
    models = shop.expect(200, "GET", "/models", admin=True)
    return Known(
        [shop.expect(200, "GET", f"/users/{user}")["recent"] for user in READERS],
        shop.expect(200, "GET", "/items/a1"), models["current"], len(models["models"]),
        set(shop.objects(layout.EVENT_LOG)),
        {(kind, name) for kind, _, name in shop.resources if kind in _STATEFUL})


def compare(before: Known, after: Known) -> None:
    """An upgrade loses nothing and replaces nothing that holds data.

    raises: RehearsalError, naming what differs.
    """
    if lost := before.logged - after.logged:
        raise RehearsalError(f"gone from the log: {sorted(lost)[:3]}")
    for name in ("histories", "item", "current", "versions", "standing"):
        if getattr(before, name) != getattr(after, name):
            raise RehearsalError(f"{name}: {getattr(before, name)} became {getattr(after, name)}")


def train_again(shop: Deployed, before: Known) -> None:
    """A training learns from what both wrote, and is judged against the old model."""
    shop.functions.invoke("start_training", {})

    def judged() -> list[Any]:
        models = shop.expect(200, "GET", "/models", admin=True)["models"]
        return list(models[:len(models) - before.versions])

    shop.until("a judged model", judged, flow.TRAINING_S)
    for job in shop.trainings.jobs:
        if job.status != "Completed":
            raise RehearsalError(f"the training {job.status}: {job.reason}; see {job.root}/log")


def _git(*words: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
