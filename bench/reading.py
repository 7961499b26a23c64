"""One user's state read by boto3's client and by ours, in turn, from a table on this machine.

python -m bench.reading
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.canned import canned_cloud
from bench.clock import interleave, report
from functions.aws import BRIEF, dynamodb, session
from functions.users import Users
from functions.wire import Wire

ROUNDS = 1_000

def main() -> None:
    """CPU of a read, and of handing anything to a thread, without which no read can be hedged."""
    with canned_cloud() as there:
        os.environ.update(there)
        shared = session()
        client = dynamodb(BRIEF, shared)
        wire: Any = Wire(client, shared.get_credentials())
        by_boto3, by_wire = Users("users", client), Users("users", wire)
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


if __name__ == "__main__":
    main()
