"""What an interleaving says so far, for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.evidence import ALPHA, MIN_USERS
from local.bill.table import span, table


def contested(found: Mapping[str, Any]) -> str:
    """Two rankers in one list: what was taken of each one's picks, and who is preferred."""
    control, rival = found["variants"]
    return "\n\n".join([
        f"{found['experiment']}, since {found['starts']}: {control['name']} and {rival['name']} "
        f"in one list; {found['metric']} within {found['window_days']:g} days; errors allowed "
        f"{ALPHA:.0%}.",
        table(["", f"{found['metric']} on its picks", "lists won"],
              [[v["name"], v["taken"], v["won"]] for v in found["variants"]]),
        f"{found['lists']} lists of {found['users']} users, {found['ties']} of them even.",
        *_preferred(found, rival["name"]), *_waiting(found)])


def _preferred(found: Mapping[str, Any], rival: str) -> Iterator[str]:
    if found["interval"] is None:
        yield f"Nothing is said of fewer than {MIN_USERS} users whose window is over."
        return
    always, once = (span(found[name], ".1%") for name in ("interval", "interval_of_one_look"))
    mark = " *" if found["is_different"] else ""
    yield (f"{rival} is preferred by {found['preferred']:.1%} of users, where 50% is by neither: "
           f"{always} for every look, {once} for one look; p {found['p']:.2g}{mark} at every look.")


def _waiting(found: Mapping[str, Any]) -> Iterator[str]:
    if found["waiting"]:
        yield f"{found['waiting']} users saw such lists, and their window is not over."
