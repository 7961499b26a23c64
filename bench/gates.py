"""What was set out to be reached, beside what was: ratios against a peer or a limit in one run."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from local.bill.table import table

Found = Mapping[str, Mapping[str, Any]]


class Gate(NamedTuple):
    """what: over which peer or limit. step, value: where it is measured.

    most: the goal; what should be large stands in `bench/results.md` by itself.
    """

    what: str
    step: str
    value: str
    most: float


GATES = (
    Gate("scorer over reading the table, 1,000,000 items", "serving 1000000", "score_over_read", 2),
    Gate("scorer over copying it, 1,000,000", "serving 1000000", "score_over_copy", 1),
    Gate("whole handler over copying it, 1,000,000 scored whole", "serving 1000000",
         "handler_over_copy", 1.15),
    Gate("whole handler over copying it, 1,000,000 in clusters", "serving 1000000 clustered",
         "handler_over_copy", 1.15),
    Gate("search in clusters over reading the table, 10,000,000", "clusters 10000000",
         "search_over_read", 0.15),
    Gate("whole handler, CPU ms, 100,000", "serving 100000", "handler_ms", 2.5),
    Gate("start over bare imports, 100,000", "start 100000", "init_over_bare", 1.8),
    Gate("peak memory over the table, 1,000,000", "serving 1000000", "peak_over_table", 3),
)


def gates(found: Found) -> str:
    """All that were measured."""
    rows = [[gate.what, f"{value:g}", f"{gate.most:g}", "yes" if value <= gate.most else "**no**"]
            for gate in GATES if (value := found.get(gate.step, {}).get(gate.value)) is not None]
    return "## Gates\n\n" + table(["", "measured", "goal, at most", "reached"], rows)
