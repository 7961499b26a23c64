"""python -m local models: which model serves, whom, and why; let another one serve.

Of the local cloud, which must be running, or of a deployment, with --url, with the credentials of
the AWS CLI.
"""

import argparse
import http.client
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.artifact import JUDGED_BY
from local.administrator import RefusedError, add_target, ok, target
from local.bill.table import table
from local.client import Client

MIB = 2**20
_LOST = (OSError, http.client.HTTPException)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be said beside the verb."""
    parser.add_argument("act", choices=list(ACTS), help="what to do")
    parser.add_argument("version", nargs="?", default="", help="of show and promote")
    parser.add_argument("--share", type=float, help="promote to so many of the users to begin "
                        "with, such as 0.01; all at once, if left out")
    parser.add_argument("--json", action="store_true", help="list and show for machines")
    add_target(parser)


def run(asked: argparse.Namespace) -> None:
    """Do it, and say how it stands then."""
    if (asked.act in ("show", "promote")) != bool(asked.version):
        sys.exit(f"{asked.act} takes {'no' if asked.version else 'a'} VERSION")
    try:
        with target(asked).client as client:
            print(ACTS[asked.act](client, asked))
    except RefusedError as error:
        sys.exit(str(error))
    except _LOST as error:
        sys.exit(f"Not reached: {error!r}")


def list_all(client: Client, asked: argparse.Namespace) -> str:
    """A line for each model and job, newest first."""
    shelf = _shelf(client)
    if asked.json:
        return json.dumps(shelf)
    rows = [[model["version"] or model["job"], _moment(model["judged_ms"]),
             _number(model["metrics"].get("model", {}).get(JUDGED_BY)),
             round(model["size_bytes"] / MIB) or "", stands(model, shelf)]
            for model in shelf["models"]]
    return table(["model", "judged", JUDGED_BY, "MiB", "stands"], rows)


def show(client: Client, asked: argparse.Namespace) -> str:
    """Everything that is known of one."""
    shelf = _shelf(client)
    model = _named(shelf, asked.version)
    if asked.json:
        return json.dumps(model)
    names = sorted({name for found in model["metrics"].values() for name in found})
    rows = [[name, *(_number(found.get(name)) for found in model["metrics"].values())]
            for name in names]
    return "\n".join([
        f"{model['version']}: {stands(model, shelf)}",
        f"job {model['job']}, trained {model['created_at']}, judged {_moment(model['judged_ms'])}",
        "", table(["on held-out time", *model["metrics"]], rows)])


def promote(client: Client, asked: argparse.Namespace) -> str:
    """Let a version serve, all or some."""
    body = {"version": asked.version, **({} if asked.share is None else {"share": asked.share})}
    return _put(client, body)


def roll_back(client: Client, _: argparse.Namespace) -> str:
    """Stop the rollout that is on; without one, let the model before serve."""
    return _put(client, {"version": before(_shelf(client))})


def before(shelf: Mapping[str, Any]) -> str:
    """To which model a rollback goes. raises: RefusedError, when there is none.

    The one that serves, if another is being rolled out; else the newest that was judged before it,
    and was neither refused nor rolled back.
    """
    if shelf["rollout"]:
        return str(shelf["current"])
    current = _named(shelf, shelf["current"])
    for model in shelf["models"]:
        is_sound = not model["refusals"] and model["rolled_back"] is None
        if is_sound and model["judged_ms"] < current["judged_ms"]:
            return str(model["version"])
    raise RefusedError("there is no model before the one that serves")


def stands(model: Mapping[str, Any], shelf: Mapping[str, Any]) -> str:
    """What became of one."""
    rollout = shelf["rollout"]
    if model["refusals"]:
        return "refused: " + "; ".join(model["refusals"])
    if rollout and model["version"] == rollout["version"]:
        if rollout["sample"]:
            return _unseen(rollout)
        return f"rolled out to {rollout['share']:.1%}, since {_moment(rollout['since_ms'])}"
    if model["version"] == shelf["current"]:
        others = f" the other {1 - rollout['share']:.1%}" if rollout and rollout["share"] else ""
        return "serves" + others
    return f"rolled back: {model['rolled_back']}" if model["rolled_back"] else ""


def _unseen(rollout: Mapping[str, Any]) -> str:
    alike = "" if rollout["alike"] is None else f", {rollout['alike']:.0%} alike"
    return (f"shown to nobody yet: {rollout['calls']} lists for {rollout['sample']:.1%}{alike}, "
            f"since {_moment(rollout['since_ms'])}")


ACTS: dict[str, Callable[[Client, argparse.Namespace], str]] = {
    "list": list_all, "show": show, "promote": promote, "rollback": roll_back}


def _put(client: Client, body: Mapping[str, Any]) -> str:
    told = ok(client.call("PUT", "/models/current", body, admin=True))
    if told["share"] < 1:
        return f"{body['version']} serves {told['share']:.1%}, {told['current']} the others."
    return f"{body['version']} serves everybody within half a minute."


def _shelf(client: Client) -> Any:
    return ok(client.call("GET", "/models", admin=True))


def _named(shelf: Mapping[str, Any], version: str | None) -> Mapping[str, Any]:
    found: Sequence[Mapping[str, Any]] = [
        model for model in shelf["models"] if version and model["version"] == version]
    if not found:
        raise RefusedError(f"there is no model {version}" if version else "no model serves yet")
    return found[0]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="minutes")
