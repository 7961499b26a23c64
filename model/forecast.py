"""What a training would take, before it is paid for: python -m model.forecast --events FOLDER

The log is read and cut, some steps are taken, and nothing is written. --instance says what it would
be on a machine of AWS, out of the card of a training that was measured there (--measured).
"""

import argparse
import sys
from pathlib import Path

from domain.artifact import ArtifactError, ModelCard
from model.cost import GPU_GB, ForecastError, Sizes, elsewhere, most_items, table_mb, told
from model.families import COUNTED
from model.pace import Foreseen, foresee
from model.run import MISTAKES, Run, parse, run_of
from model.train import opened


def forecast(run: Run) -> Foreseen:
    """What a training on this machine would take.

    raises: DatasetError, as `train`; ForecastError, of a family that takes no steps.
    """
    if run.config.model in COUNTED:
        raise ForecastError(f"{run.config.model} takes no steps of which a cost could be told")
    trial, read_s = opened(run)
    return foresee(trial, trial.prepare(), read_s)


def main() -> None:
    """Print it; what the sender did wrong ends with one clear line."""
    parser = argparse.ArgumentParser(prog="python -m model.forecast", description=__doc__)
    parser.set_defaults(out=Path())  # nothing is written
    parser.add_argument("--instance", help="a machine of AWS, such as ml.g5.xlarge")
    parser.add_argument("--measured", type=Path, help="card.json of a training on such a machine")
    given = parse(parser)
    try:
        run = run_of(given)
        if bool(given.instance) != bool(given.measured):
            raise ForecastError("--instance and --measured are given together: of a machine that "
                                "no card tells of, nothing is known")
        found = forecast(run)
        print(told(found.cost, run.instance))
        sizes = found.sizes
        print(f"{sizes.events:,} events, {sizes.items:,} items, {sizes.batches:,} batches an epoch;"
              f" the items' table takes {table_mb(sizes.items, run.config.width):,.0f} MB of that")
        _check_fits(sizes, run, given.instance)
        if given.instance:
            card = ModelCard.from_json(given.measured.read_text())
            cost = elsewhere(sizes, run.config, card, given.instance)
            print(f"{told(cost, given.instance)}, ${cost.usd(given.instance):.2f} on demand")
    except (*MISTAKES, ArtifactError, OSError) as error:
        sys.exit(f"cannot foresee: {error}")


def _check_fits(sizes: Sizes, run: Run, instance: str | None) -> None:
    """raises: ForecastError, where one GPU of the machine cannot hold the table of items."""
    if instance in GPU_GB and sizes.items > (most := most_items(instance, run.config.width)):
        raise ForecastError(f"{sizes.items:,} items of width {run.config.width} are more than one "
                            f"GPU of {instance} holds, {most:,}: see docs/scale.md")


if __name__ == "__main__":
    main()
