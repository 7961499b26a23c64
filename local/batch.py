"""python -m local batch: lists of all users, or of those in a file, into one file of JSON lines.

Made by the local cloud, which must be running, or by a deployment, with --url; administrators sign
their calls, there with the credentials of the AWS CLI. What was stopped goes on with --resume.
"""

import argparse
import gzip
import http.client
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tqdm import tqdm

from domain.batch_schema import MAX_LISTED
from local.administrator import RefusedError, Target, add_target, ok, target
from local.client import Client

POLL_S = 1.0
TIMEOUT_S = 60
_LOST = (OSError, http.client.HTTPException)  # the way to the deployment, not what it says


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be said beside the verb."""
    parser.add_argument("--to", type=Path, required=True, help="file, a line of JSON for each user")
    parser.add_argument("--users", type=Path, help="file of ids, one a line; all, if left out")
    parser.add_argument("--sessions", action="store_true", help="of all: anonymous sessions too")
    parser.add_argument("--ask", default="{}", metavar="JSON",
                        help="as in the body of POST /users/{user_id}/recommendations")
    parser.add_argument("--name", help="by which people know it again")
    parser.add_argument("--resume", metavar="BATCH_ID", help="go on with one")
    add_target(parser)


def run(asked: argparse.Namespace) -> None:
    """Have it made, wait, fetch."""
    batch_id = asked.resume
    try:
        found = target(asked)
        with found.client:
            batch_id = _begin(found.client, asked)
            print(f"Batch {batch_id}; if this stops: --resume {batch_id}", flush=True)
            follow(found.client, batch_id)
            lines = fetch(found, batch_id, asked.to)
    except RefusedError as error:
        sys.exit(str(error))
    except _LOST as error:
        sys.exit(f"Not reached: {error!r}. Go on with: --resume {batch_id}" if batch_id
                 else f"Not reached: {error!r}")
    except KeyboardInterrupt:
        sys.exit(f"\nThe batch goes on. To wait for it: --resume {batch_id}")
    print(f"{lines} users in {asked.to}")


def follow(client: Client, batch_id: str) -> None:
    """Show how far it is until it is done. raises: RefusedError, when it stalls."""
    with tqdm(desc="making lists", unit="segment", disable=None) as bar:
        while True:
            # Of its parts the last alone is told: there are thousands.
            told = ok(client.call("GET", f"/batches/{batch_id}?part={max(1, bar.total or 1)}",
                                   admin=True))
            bar.total = told["segments"]
            bar.set_postfix(users=told["users_done"], refresh=False)
            bar.update(told["segments_done"] - bar.n)
            bar.refresh()
            if told["state"] == "done":
                return
            if told["state"] == "stalled":
                raise RefusedError(f"it stalled: {told['troubles'] or 'nobody knows why'}; "
                                       f"once that is mended: --resume {batch_id}")
            time.sleep(POLL_S)


def fetch(found: Target, batch_id: str, to: Path) -> int:
    """All parts into one file; parts that were fetched before are not fetched again.

    Answers how many lines there are.
    """
    folder = to.with_name(f"{to.name}.{batch_id}")
    folder.mkdir(parents=True, exist_ok=True)
    first: int | None = 1
    while first:
        told = ok(found.client.call("GET", f"/batches/{batch_id}?part={first}", admin=True))
        for part in tqdm(told["parts"], desc="fetching", unit="part", disable=None):
            path = folder / f"{part['part']:06d}.jsonl.gz"
            if not path.exists():
                fresh = path.with_suffix(".new")
                fresh.write_bytes(_follow_link(part["url"], found.near))
                fresh.replace(path)
        first = told["next"]
    lines = _join(sorted(folder.glob("*.jsonl.gz")), to)
    shutil.rmtree(folder)
    return lines


def _join(parts: list[Path], to: Path) -> int:
    fresh, lines = to.with_name(to.name + ".new"), 0
    with fresh.open("wb") as out:
        for path in parts:
            with gzip.open(path) as part:
                for line in part:
                    out.write(line)
                    lines += 1
    fresh.replace(to)
    return lines


def _begin(client: Client, asked: argparse.Namespace) -> str:
    if asked.resume:
        told = ok(client.call("POST", f"/batches/{asked.resume}/resumption", admin=True))
        return str(told["batch_id"])
    body: dict[str, Any] = {"ask": _json(asked.ask)}
    if asked.name:
        body["name"] = asked.name
    if asked.users:
        body["users"] = _read(asked.users)
    elif asked.sessions:
        body["sessions"] = True
    return str(ok(client.call("POST", "/batches", body, admin=True))["batch_id"])


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise RefusedError(f"--ask is no JSON: {error}") from error


def _read(path: Path) -> list[str]:
    users = [line for line in path.read_text().splitlines() if line]
    if len(users) > MAX_LISTED:
        raise RefusedError(f"{path} names {len(users)} users, and one batch takes {MAX_LISTED}:"
                               " cut it, or leave --users out")
    return users


def _follow_link(url: str, near: str | None) -> bytes:
    """What a link leads to: see `local.links`."""
    parts = urlsplit(url)
    connection = (http.client.HTTPConnection(near, timeout=TIMEOUT_S) if near
                  else http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_S))
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
        response = connection.getresponse()
        data = response.read()
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        raise RefusedError(f"a part cannot be fetched: {response.status} {data[:200]!r}")
    return data
