"""Where made-up artifacts lie; who only opens one need not load what makes them."""

from pathlib import Path

FOLDER = Path(".build/bench")


def folder_of(n_items: int, clustered: bool = False) -> Path:
    """Of a shop of so many items, once it is made."""
    return FOLDER / f"shop-{n_items}{'-clustered' * clustered}"
