"""What was set out to be reached, beside what was: ratios against a peer or a limit in one run."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from local.bill.table import table

Step = Mapping[str, Any]  # what one measurement found


def _more_by_filter(step: Step) -> float:
    """ms that a filter somebody searched before adds, of the filter that adds most."""
    return max(float(ms) for name, ms in step["more_than_none_ms"].items()
               if not name.startswith("first"))


def _lost_to_int8(step: Step) -> float:
    """Per cent of NDCG@10, below 0 where the table in 8 bits is better by chance."""
    full, served = (step["metrics"][who]["ndcg@10"] for who in ("torch", "model"))
    return 100 * float(1 - served / full)


class Gate(NamedTuple):
    """what: over which peer or limit. step, value: where it is measured, and what of it counts.

    most: the goal; what should be large stands in `bench/results.md` by itself.
    """

    what: str
    step: str
    value: Callable[[Step], float]
    most: float


GATES = (
    Gate("scorer over reading the table, 1,000,000 items", "serving 1000000",
         itemgetter("score_over_read"), 2),
    Gate("scorer over copying it, 1,000,000", "serving 1000000", itemgetter("score_over_copy"), 1),
    Gate("whole handler over copying it, 1,000,000 scored whole", "serving 1000000",
         itemgetter("handler_over_copy"), 1.15),
    Gate("whole handler over copying it, 1,000,000 in clusters", "serving 1000000 clustered",
         itemgetter("handler_over_copy"), 1.15),
    Gate("search in clusters over reading the table, 10,000,000", "clusters 10000000",
         itemgetter("search_over_read"), 0.15),
    Gate("whole handler beside faiss and implicit, CPU ms, 100,000", "peers 100000",
         itemgetter("handler_ms"), 2.5),
    Gate("the same between other work, which empties the caches", "serving 100000",
         itemgetter("handler_ms"), 2.5),
    Gate("a filter, CPU ms more, 1,000,000", "filtering 1000000", _more_by_filter, 0.5),
    Gate("start over bare imports, 100,000", "start 100000", itemgetter("init_over_bare"), 1.8),
    Gate("memory of a copy over the table, pages of files left out as it answers, 1,000,000",
         "serving 1000000", itemgetter("peak_over_table"), 3),
    Gate("NDCG@10 lost to 8 bits, MovieLens 100K by time, %", "quality time", _lost_to_int8, 0.5),
)


def gates(found: Mapping[str, Step]) -> str:
    """All that were measured."""
    rows = [[gate.what, f"{value:.3g}", f"{gate.most:g}", "yes" if value <= gate.most else "**no**"]
            for gate in GATES if gate.step in found
            for value in [gate.value(found[gate.step])]]
    return "## Gates\n\n" + table(["", "measured", "goal, at most", "reached"], rows)
