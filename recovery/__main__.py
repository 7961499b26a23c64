"""python -m recovery rebuild: tables that lost their content, filled out of the bucket.
python -m recovery replay: what consumers of the stream gave up, applied after all.
python -m recovery sign: a model of before models were signed may serve.
python -m recovery quotas: is there a machine to train on?
python -m recovery tune: SageMaker looks for hyperparameters, and trainings use what it found.

docs/disaster.md, docs/runbook.md and docs/upgrading.md say when.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from domain.artifact import ArtifactError
from functions.aws import WorldError
from recovery.quotas import QuotaError, look
from recovery.rebuild import TABLES, Plan, rebuild
from recovery.replay import ReplayError, replay
from recovery.report import Report
from recovery.sign import SignError, sign
from recovery.stack import Stack, StackError
from recovery.tune import Budget, TuneError, adopt, begin, told_by

SCRATCH = Path(".recovery")


def main(arguments: Sequence[str] | None = None) -> None:
    """Do it, say what was done; status 1 when something was not restored."""
    asked, began, report = _parse(arguments), time.monotonic(), Report()
    try:
        asked.act(Stack.of(asked.stack), asked, report)
    except (StackError, ReplayError, SignError, TuneError, QuotaError, ArtifactError) as error:
        sys.exit(str(error))
    except WorldError as error:
        print(*report.lines(), sep="\n")
        sys.exit(f"{error}\n{asked.after_failure}")
    print(*report.lines(), f"{time.monotonic() - began:.0f} s in all", sep="\n")
    sys.exit(bool(report.problems))


def _rebuild(stack: Stack, asked: argparse.Namespace, report: Report) -> None:
    plan = Plan(asked.scratch / f"{stack.bucket_name}.sqlite", tuple(asked.only or TABLES),
                asked.model, asked.overwrite, asked.resume)
    rebuild(plan, stack.open(), report)


def _replay(stack: Stack, _: argparse.Namespace, report: Report) -> None:
    replay(stack.replay_function, report)


def _sign(stack: Stack, asked: argparse.Namespace, report: Report) -> None:
    sign(stack, asked.model, report)


def _quotas(stack: Stack, _: argparse.Namespace, report: Report) -> None:
    look(told_by(stack), report)


def _tune(stack: Stack, asked: argparse.Namespace, report: Report) -> None:
    if asked.adopt:
        print(json.dumps(adopt(stack, asked.adopt, report), indent=1))
        return
    budget = Budget(asked.trials, asked.parallel, asked.minutes)
    name = begin(told_by(stack), budget, datetime.now(UTC), report)
    print(f"--adopt {name}, once it has found something")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m recovery", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True, metavar="rebuild|replay|sign|quotas|tune")
    verb = verbs.add_parser("replay", help="apply what consumers gave up")
    verb.add_argument("--stack", required=True, help="name of the deployment")
    verb.set_defaults(act=_replay, after_failure="The same command again does no harm.")
    verb = verbs.add_parser("sign", help="vouch for a model that nobody signed")
    verb.add_argument("--stack", required=True, help="name of the deployment")
    verb.add_argument("--model", default="", help="its version; the one that serves, if not given")
    verb.set_defaults(act=_sign, after_failure="The same command again does no harm.")
    verb = verbs.add_parser("quotas", help="ask how many machines may train")
    verb.add_argument("--stack", required=True, help="name of the deployment")
    verb.set_defaults(act=_quotas, after_failure="The same command again does no harm.")
    verb = verbs.add_parser("tune", help="look for hyperparameters")
    verb.add_argument("--stack", required=True, help="name of the deployment")
    verb.add_argument("--trials", type=int, default=20, help="training jobs in all")
    verb.add_argument("--parallel", type=int, default=2, help="of them at once")
    verb.add_argument("--minutes", type=int, default=480, help="of wall time")
    verb.add_argument("--adopt", default="", metavar="NAME", help="of a tuning, to train with")
    verb.set_defaults(act=_tune, after_failure="The same command again begins another tuning.")
    verb = verbs.add_parser("rebuild", help="fill tables that lost their content")
    verb.add_argument("--stack", required=True, help="name of the deployment")
    verb.set_defaults(act=_rebuild, after_failure="No row is half written; the same command with "
                                                  "--resume goes on.")
    verb.add_argument("--only", action="append", choices=TABLES, help="may be given again")
    verb.add_argument("--model", default="", help="version that shall serve")
    verb.add_argument("--overwrite", action="store_true",
                      help="where the table of users knows more than the log, believe the log")
    verb.add_argument("--resume", action="store_true", help="go on where the last one ended")
    verb.add_argument("--scratch", type=Path, default=SCRATCH,
                      help="folder for the log sorted by user: about its unpacked size")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
