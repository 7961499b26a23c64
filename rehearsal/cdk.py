"""The real CDK CLI, as `make deploy` calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from local.template import ACCOUNT, REGION, ROOT
from rehearsal.engine import FOLDER, Engine, RehearsalError

PATIENCE_S = 300
SHOWN_LINES = 25
# What the machine that rehearses can run, and what lets `destroy` leave nothing.
CONTEXT = {"architecture": "x86_64", "retain_data": "false"}


class Cdk:
    """Bootstraps, deploys, compares and destroys stacks of one engine. log: what it printed.

    source: the folder of the version that is deployed; folder: for templates, outputs and the log.
    """

    def __init__(self, engine: Engine, source: Path = ROOT, folder: Path = FOLDER) -> None:
        self._source, self._folder = source, folder
        self.log = folder / "cdk.log"
        self.log.unlink(missing_ok=True)
        self._environment = {
            **os.environ, **engine.shell(), "OMP_NUM_THREADS": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    def bootstrap(self) -> None:
        """Once for an account and a region."""
        self._run("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", "")

    def deploy(self, name: str, settings: dict[str, str]) -> dict[str, str]:
        """Deploy or update a stack; answers with its outputs."""
        outputs = self._folder / f"{name}.json"
        self._run("deploy", *_context(name, settings), "--require-approval", "never",
                  "--progress", "events", "--outputs-file", str(outputs))
        return dict(json.loads(outputs.read_text())[name])

    def diff(self, name: str, settings: dict[str, str]) -> str:
        """What a deploy would change, read from the stack as it is; empty = nothing.

        raises: RehearsalError, when the CLI fails for another reason than a difference.
        """
        done = self._call("diff", *_context(name, settings), "--fail", "--method", "template")
        if done.returncode and "Stack " + name not in done.stdout:
            raise RehearsalError(f"cdk diff failed:\n{done.stdout[-2000:]}")
        return done.stdout if done.returncode else ""

    def destroy(self, name: str, settings: dict[str, str]) -> None:
        """Take a stack away."""
        self._run("destroy", *_context(name, settings), "--force")

    def _run(self, *words: str) -> None:
        done = self._call(*words)
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-SHOWN_LINES:])
            raise RehearsalError(f"cdk {words[0]} failed, see {self.log}:\n{tail}")

    def _call(self, *words: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            ["npx", "cdk", *words, "--no-notices", "--output", str(self._folder / "cdk.out")],
            cwd=self._source, env=self._environment, text=True, check=False, timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with self.log.open("a") as log:
            log.write(f"$ cdk {' '.join(words)}\n{done.stdout}\n")
        return done


def _context(name: str, settings: dict[str, str]) -> list[str]:
    given = {"name": name, **CONTEXT, **settings}
    return [name, *(word for key, value in given.items() for word in ("-c", f"{key}={value}"))]
