"""The history of measurements -> bench/results.md: of every step the newest, and the gates."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from bench.gates import gates
from bench.history import Measured
from bench.results import MANY, ONE, metering

HEAD = """# Measured

Written by `make bench`, of the newest measurements in `bench/history.jsonl`, which keeps them all;
`python -m bench STEP ...` measures some again. Times are CPU milliseconds of one thread. The
machines are shared: compare the ratios. *load*: how many processes ran or waited when a measurement
ended. Nothing here was measured on AWS."""


def render(newest: Mapping[str, Measured], steps: Sequence[str]) -> str:
    """The whole page. steps: in the order of the page; what was never measured is left out."""
    known = [newest[step] for step in steps if step in newest]
    found = {measured.step: measured.found for measured in known}
    return "\n\n".join([HEAD, gates(found), *_sections(known), metering()]) + "\n"


def _sections(known: Sequence[Measured]) -> Iterator[str]:
    for verb, same in groupby(known, lambda measured: measured.step.partition(" ")[0]):
        together = list(same)
        if verb in MANY:
            yield f"{MANY[verb]([one.found for one in together])}\n\n{_when(together)}"
        else:
            yield from (f"{ONE[verb](one.found)}\n\n{_when([one])}" for one in together)


def _when(measured: Sequence[Measured]) -> str:
    """When, and how busy the machine was."""
    return "; ".join(dict.fromkeys(
        f"{one.date}, commit {one.commit}, load {one.load:.0f}" for one in measured)) + "."
