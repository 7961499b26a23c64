"""One user's state read by boto3's client and by ours, in turn, from a table on this machine.

python -m bench.reading
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.canned import canned_table
from bench.clock import interleave, report
from functions.aws import BRIEF, dynamodb
from functions.users import Users
from functions.wire import Wire

ROUNDS = 1_000
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1"}


def main() -> None:
    """CPU of a read, and of handing anything to a thread, without which no read can be hedged."""
    with canned_table() as url:
        os.environ.update(KEYS | {"AWS_ENDPOINT_URL": url})
        client = dynamodb(BRIEF)
        by_boto3, by_wire = Users("users", client), Users("users", _wired(client))
        assert by_boto3.get("user-1") == by_wire.get("user-1")
        with ThreadPoolExecutor(1) as pool:
            measured = interleave({
                "boto3": lambda: by_boto3.get("user-1"),
                "wire": lambda: by_wire.get("user-1"),
                "thread": lambda: pool.submit(int).result(),
            }, ROUNDS)
    p50 = {name: values["p50_ms"] for name, values in measured.items()}
    report({"ms": {name: {k: round(v, 3) for k, v in values.items()}
                   for name, values in measured.items()},
            "wire_over_boto3": round(p50["wire"] / p50["boto3"], 2)})


def _wired(client: Any) -> Any:
    import boto3

    return Wire(client, boto3.Session().get_credentials())


if __name__ == "__main__":
    main()
