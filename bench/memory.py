"""How much memory `recommend` should have: copies of it, started on catalogues of several sizes.

python -m bench.memory

cost: 2 GB of memory here, and some minutes.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, fields

from tqdm import tqdm

from bench.canned import canned_cloud
from bench.memory_curve import Life, cheapest, curve, middle
from bench.shop import shop
from bench.stocked import catalogue
from bench.swap import again

CATALOGUES = ((10_000, 0), (100_000, 0), (100_000, 1_000), (1_000_000, 0))  # items, letters
LIVES = 3  # of each size: the median of what they took, the most that they held


def main() -> None:
    """The curve, and what is chosen."""
    lives = [middle([_life(*size) for _ in range(LIVES)])
             for size in tqdm(CATALOGUES, desc="catalogues", unit="catalogue", disable=None)]
    print(curve(lives))
    print(json.dumps({"lives": [asdict(life) for life in lives],
                      "chosen_mb": [cheapest(life) for life in lives]}))


def _life(items: int, letters: int) -> Life:
    """A model and a catalogue of so many, and a newer model at the second look."""
    first, facts = shop(items), catalogue(items, letters).to_bytes()
    with canned_cloud(first, again(first), catalogue=facts) as there:
        ran = subprocess.run([sys.executable, "-m", "bench.life"], stdout=subprocess.PIPE,
                             text=True, check=True, env=os.environ | there)
    found = json.loads(ran.stdout.splitlines()[-1])
    return Life(items, letters, *(found[field.name] for field in fields(Life)[2:]))


if __name__ == "__main__":
    main()
