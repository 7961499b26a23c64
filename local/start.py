"""python -m local start: the deployment on this machine, until Ctrl-C."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from tqdm import tqdm

from local.cloud import ACCESS_KEY, Cloud
from local.function import FunctionError
from local.journal import JournalError, erase
from local.template import TemplateError

DATA = Path(".local")
PORT = 8080


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be said beside the verb."""
    parser.add_argument("--port", type=int, default=PORT, help="0 = any free one")
    parser.add_argument("--data", type=Path, default=DATA, help="folder that keeps the state")
    parser.add_argument("--fresh", action="store_true", help="forget the state first")


def run(asked: argparse.Namespace) -> None:
    """Start, say how to call it, wait, stop."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    if asked.fresh:
        erase(asked.data)
    print("Starting from the synthesized template ...", flush=True)
    try:
        cloud = _start(asked)
    except (TemplateError, JournalError, FunctionError, OSError) as error:
        sys.exit(f"The local cloud did not start: {error}")
    try:
        print(greeting(cloud), flush=True)
        stopped.wait()
    finally:
        cloud.stop()
    print("Stopped; the state is in", asked.data)


def _start(asked: argparse.Namespace) -> Cloud:
    with tqdm(desc="taking up the journal", unit="B", unit_scale=True, disable=None,
              leave=False) as bar:
        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return Cloud(asked.data, port=asked.port, progress=progress,
                     console=sys.stderr if sys.stderr.isatty() else None).start()


def greeting(cloud: Cloud) -> str:
    """URL, keys, and three calls to try."""
    key, url = cloud.api_key, cloud.url
    signed = (f'--aws-sigv4 "aws:amz:us-east-1:execute-api" '
              f'--user "{ACCESS_KEY}:{cloud.credentials.secret_key}"')
    event = '{"user_id":"you","events":[{"event_id":"1","type":"click","item_id":"50"}]}'
    notes = "".join(f"\n  {sentence}" for sentence in cloud.clock.unplayed)
    return f"""
Headwater listens on {url}, API key {key}
(only on this machine; throttling, quotas, timeouts and IAM policies are not played){notes}

An event:
  curl -X POST {url}/events -H "x-api-key: {key}" -H "content-type: application/json" \\
    -d '{event}'

Recommendations:
  curl "{url}/users/you/recommendations?k=5" -H "x-api-key: {key}"

An item, as administrator:
  curl -X PUT {url}/items {signed} \\
    -H "content-type: application/json" -d '{{"items":[{{"item_id":"50","title":"Star Wars"}}]}}'

Functions log to {cloud.log}. Ctrl-C stops; the next start goes on from here.
"""
