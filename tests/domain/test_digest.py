"""sha256 of files."""

import hashlib
from pathlib import Path

import pytest

from domain.digest import PIECE_BYTES, digest, digesting


@pytest.mark.parametrize("n_bytes", [0, 1, PIECE_BYTES, PIECE_BYTES + 1])
def test_the_digest_is_that_of_all_bytes(tmp_path: Path, n_bytes: int) -> None:
    data = b"x" * n_bytes
    (tmp_path / "file").write_bytes(data)

    assert digest(tmp_path / "file") == hashlib.sha256(data).hexdigest()
    assert sum(digesting(tmp_path / "file")) == n_bytes
