"""Write units a second of the busiest partition key of each table, when everybody wants one item,
and when one user does a day's worth at once.

python -m bench.hot_keys
"""

from typing import Any

from bench import metered
from bench.clock import report

LIMIT = 1_000  # units/s. source: AWS, "DynamoDB burst and adaptive capacity", partition limits
CASES: dict[str, dict[str, Any]] = {
    "10,000 events/s on one item": {"rate": 1000.0, "per_call": 10, "events": 100_000, "items": 1},
    "one user, 50,000 events in 200 s": {
        "rate": 10.0, "per_call": 25, "events": 50_000, "users": 1, "new": 0.0},
}


def main() -> None:
    """Meter both."""
    report({"limit": LIMIT, "cases": {name: _case(**case) for name, case in CASES.items()}})


def _case(**case: Any) -> dict[str, Any]:
    run = metered.run(**case)
    lasted_s = run.calls / run.rate
    return {"shards": run.shards, "tables": {
        name.removeprefix("HEADWATER_").removesuffix("_TABLE").lower(): {
            "busiest_key_units_per_s": round(busiest / lasted_s, 1),
            "all_keys_units_per_s": round(total / lasted_s, 1)}
        for name, (busiest, total) in sorted(run.hottest.items())}}


if __name__ == "__main__":
    main()
