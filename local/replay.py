"""python -m local replay: what consumers gave up or could not read, applied after all.

The local cloud must not run meanwhile: its folder has one owner at a time.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.cloud import Cloud
from local.function import FunctionError
from local.journal import JournalError
from local.start import DATA
from local.template import TemplateError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be said beside the verb."""
    parser.add_argument("--data", type=Path, default=DATA, help="folder that keeps the state")


def run(asked: argparse.Namespace) -> None:
    """Take up the folder, replay, say what is left; status 1 when something is."""
    try:
        with Cloud(asked.data, live=False) as cloud:
            cloud.drain()
            outcome = cloud.by_verb["replay_events"].invoke({})
    except (TemplateError, JournalError, FunctionError) as error:
        sys.exit(f"Nothing was replayed: {error}")
    print(*told(outcome), sep="\n")
    sys.exit(bool(outcome["left"]))


def told(outcome: dict[str, Any]) -> Iterator[str]:
    """What the function did, a line each. outcome: its answer."""
    yield f"{outcome['batches']} batches replayed, {outcome['records']} records"
    for key, reason in outcome["left"].items():
        yield f"left: {key}: {reason}"
