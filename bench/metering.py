"""What events and lists use, metered in the local cloud: docs/metered.json, from which the cost of
a month is made.

python -m bench.metering [events]

cost: about half an hour of CPU for a million, of four runs; a run that ended is kept.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import metered, metered_lists
from local.bill.estimate import METERED
from local.bill.tally import Tally, fit
from model.assemble import git_revision

EVENTS = 1_000_000
RUNS = ((100.0, 10, 1.0), (100.0, 25, 1.0), (1.0, 10, 0.1), (1000.0, 10, 0.25))  # rate, per call
LISTS = 3_000
DONE = Path(".build/bench/metering")


def main() -> None:
    """Meter, write, print."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    runs = [_run(rate, per_call, round(events * share)) for rate, per_call, share in RUNS]
    document = gather(runs, {"recommend": metered_lists.run(LISTS)})
    command = f"python -m bench.metering {events}"
    METERED.write_text(json.dumps({**_stamp(), "command": command, **document}, indent=1) + "\n")
    print(json.dumps({"written": str(METERED)}))


def gather(runs: list[metered.Run], others: dict[str, Tally]) -> dict[str, Any]:
    """What `local.bill.estimate` reads: the fit over all runs; and what each of them used."""
    everybody = sorted({who for run in runs for who in run.tallies})
    fitted = {who: fit([tally]) for who, tally in others.items()} | {
        who: fit([run.tallies[who] for run in runs if who in run.tallies]) for who in everybody}
    return {
        "coefficients": {who: {unit: [float(f"{c:.5g}") for c in each] for unit, each
                               in found.items()} for who, found in fitted.items()},
        "runs": [_used(run) for run in runs],
    }


def _used(run: metered.Run) -> dict[str, Any]:
    document = run.to_document()
    tallies = document.pop("tallies")
    return {**document, "used": {who: {"work": found["work"], "amounts": {
        unit: round(amount, 3) for unit, amount in found["used"].items()}}
        for who, found in tallies.items()}}


def _run(rate: float, per_call: int, events: int) -> metered.Run:
    """From where it was left, if it was done at this commit."""
    place = DONE / f"{git_revision()}-{rate:g}-{per_call}-{events}.json"
    if not place.exists():
        made = metered.run(rate, per_call, events)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(made.to_document()))
    return metered.Run.from_document(json.loads(place.read_text()))


def _stamp() -> dict[str, str]:
    return {"date": datetime.now(UTC).date().isoformat(), "commit": git_revision()}


if __name__ == "__main__":
    main()
