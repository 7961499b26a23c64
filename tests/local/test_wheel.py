"""A package that is there is read where it is the known one, and never asked for again."""

import hashlib
from pathlib import Path

import pytest

from local.collection import CollectionError
from local.wheel import fetched

NAME, PACKAGE = "some-1.0-py3-none-any.whl", "no-such-package==0.0"


def test_one_that_is_there_is_not_downloaded_again(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"data")

    assert fetched(tmp_path, PACKAGE, NAME, hashlib.sha256(b"data").hexdigest()) == tmp_path / NAME


def test_one_that_was_changed_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"other data")

    with pytest.raises(CollectionError, match="sha256"):
        fetched(tmp_path, PACKAGE, NAME, hashlib.sha256(b"data").hexdigest())
