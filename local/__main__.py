"""python -m local: the deployment on this machine; and what else is done with it, a verb each."""

import argparse
import sys

from local import (
    batch,
    cost,
    experiments,
    import_personalize,
    models,
    off_policy,
    replay,
    start,
)

# A verb has a docstring, `add_arguments(parser)` and `run(asked)`; without one it is `start`.
VERBS = {"start": start, "replay": replay, "cost": cost, "experiments": experiments,
         "off-policy": off_policy, "import-personalize": import_personalize, "batch": batch,
         "models": models}
DEFAULT = "start"


def main() -> None:
    """Do what the verb says."""
    parser = argparse.ArgumentParser(
        prog="python -m local", description=__doc__,
        epilog=f"without a verb: {DEFAULT}, with its options")
    verbs = parser.add_subparsers(required=True, metavar="verb")
    for name, verb in VERBS.items():
        said = str(verb.__doc__).partition(":")[2].strip()
        options = verbs.add_parser(name, help=said.splitlines()[0], description=said)
        verb.add_arguments(options)
        options.set_defaults(run=verb.run)
    given = sys.argv[1:]
    if not given or given[0] not in (*VERBS, "-h", "--help"):
        given = [DEFAULT, *given]
    asked = parser.parse_args(given)
    asked.run(asked)


if __name__ == "__main__":
    main()
