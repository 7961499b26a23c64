"""Write units a second of the busiest partition key of each table, when everybody wants one item,
and when one user does a day's worth at once.

python -m bench.hot_keys
"""

from typing import Any

from bench import metered
from bench.clock import report

LIMIT = 1_000  # units/s. source: AWS, "DynamoDB burst and adaptive capacity", partition limits
# What comes: calls a second, events of each, events, and among how many users and items.
CASES = {
    "10,000 events/s on one item": (1000.0, 10, 100_000, 50_000, 1),
    "one user, 50,000 events in 200 s": (10.0, 25, 50_000, 1, 100_000),
}


def main() -> None:
    """Meter both."""
    report({"limit": LIMIT, "cases": {name: _case(*case) for name, case in CASES.items()}})


def _case(rate: float, per_call: int, events: int, users: int, items: int) -> dict[str, Any]:
    run = metered.run(rate, per_call, events, users=users, items=items)
    lasted_s = run.calls / rate
    return {"shards": run.shards, "tables": {
        name.removeprefix("HEADWATER_").removesuffix("_TABLE").lower(): {
            "busiest_key_units_per_s": round(busiest / lasted_s, 1),
            "all_keys_units_per_s": round(total / lasted_s, 1)}
        for name, (busiest, total) in sorted(run.hottest.items())}}


if __name__ == "__main__":
    main()
