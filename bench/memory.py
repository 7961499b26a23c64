"""How much memory `recommend` should have: copies of it, started on catalogues of three sizes.

python -m bench.memory

cost: 2 GB of memory here, and a minute or two.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, fields

from tqdm import tqdm

from bench.canned import canned_cloud
from bench.memory_curve import Life, cheapest, curve
from bench.shop import shop
from bench.stocked import catalogue
from bench.swap import again

ITEMS = (10_000, 100_000, 1_000_000)


def main() -> None:
    """The curve, and what is chosen."""
    lives = [_life(items) for items in tqdm(ITEMS, desc="lives", unit="life", disable=None)]
    print(curve(lives))
    print(json.dumps({"lives": [asdict(life) for life in lives],
                      "chosen_mb": {life.items: cheapest(life) for life in lives}}))


def _life(items: int) -> Life:
    """A model and a catalogue of so many, and a newer model at the second look."""
    first = shop(items)
    with canned_cloud(first, again(first), catalogue=catalogue(items).to_bytes()) as there:
        ran = subprocess.run([sys.executable, "-m", "bench.life"], stdout=subprocess.PIPE,
                             text=True, check=True, env=os.environ | there)
    found = json.loads(ran.stdout.splitlines()[-1])
    return Life(items, *(found[field.name] for field in fields(Life)[1:]))


if __name__ == "__main__":
    main()
