"""python -m soak: seeds of faults, each compared with a run that nothing hit.

--seed 417 --verbose tells all that happened in one seed, with the fewest kinds of fault that are
needed; --only late-effect,reshard lets no others strike.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from tqdm import tqdm

from soak.crew import soak_all
from soak.deployment import Deployment
from soak.dice import ALL, Kind
from soak.report import Report, told
from soak.seed import soak
from soak.shrink import shrink


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, say what was found; status 1 when there is a counterexample."""
    asked = _parse(arguments)
    if asked.seed is not None:
        sys.exit(_one(asked.seed, asked.only, verbose=asked.verbose))
    began, report = time.monotonic(), Report()
    seeds = range(asked.first, asked.first + asked.seeds)
    for outcome in tqdm(soak_all(seeds, asked.only, asked.processes), total=len(seeds),
                        unit="seed", disable=None):
        report.add(outcome)
    print(*report.lines(time.monotonic() - began), sep="\n")
    sys.exit(bool(report.failed))


def _one(seed: int, kinds: frozenset[Kind], *, verbose: bool) -> bool:
    with Deployment().running() as deployment:
        outcome = soak(seed, deployment, kinds)
        if outcome.problems and verbose:
            kinds, outcome = shrink(lambda left: soak(seed, deployment, left), kinds, outcome)
            print(f"needed: {','.join(sorted(kinds))}")
    if outcome.problems:
        print(*told(outcome, outcome.story if verbose else ()), sep="\n")
    else:
        print(*(outcome.story if verbose else ()), f"seed {seed}: {outcome.events} events, "
              f"{outcome.struck.total()} faults, no counterexample", sep="\n")
    return bool(outcome.problems)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="one alone")
    parser.add_argument("--verbose", action="store_true", help="all that happened in it")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", type=_kinds, default=ALL, metavar="KINDS",
                        help=f"of: {', '.join(Kind)}")
    return parser.parse_args(arguments)


def _kinds(text: str) -> frozenset[Kind]:
    return frozenset(Kind(name) for name in text.split(","))


if __name__ == "__main__":
    main()
