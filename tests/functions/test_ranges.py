"""An object comes whole, in parts of any size, or not at all."""

import io
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, IncompleteReadError

from domain.artifact import ArtifactError
from functions.ranges import TRIES, Source
from tests.functions.stage import Stage

DATA = bytes(range(100))
KEY = "models/x/items.bin"


@pytest.fixture
def client(stage: Stage) -> Any:
    stage.shelf().put(KEY, DATA)
    return stage.client("s3")


class Told:
    """A client whose answers are looked at, and some changed, on their way; calls count from 0."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.asked: list[dict[str, str]] = []

    def get_object(self, **asked: str) -> Any:
        """As boto3's."""
        self.asked.append(asked)
        return self.change(len(self.asked) - 1, self._client.get_object(**asked))

    def change(self, number: int, answer: Any) -> Any:
        """Nothing."""
        return answer


class Short(Told):
    """The second answer lacks its last byte, and does not say so."""

    def change(self, number: int, answer: Any) -> Any:
        """A byte less."""
        body = answer["Body"].read()
        return {**answer, "Body": io.BytesIO(body[:-1] if number == 1 else body)}


class Torn(io.BytesIO):
    """A body that ends too soon, and says so."""

    def read(self, *_: Any) -> bytes:
        """As botocore's."""
        raise IncompleteReadError(actual_bytes=1, expected_bytes=2)


class Broken(Told):
    """Answers that are torn, as often as is said."""

    def __init__(self, client: Any, times: int) -> None:
        super().__init__(client)
        self._times = times

    def change(self, number: int, answer: Any) -> Any:
        """The first ones torn."""
        return {**answer, "Body": Torn()} if number < self._times else answer


class Replaced(Told):
    """Somebody writes another object after the first answer."""

    def change(self, number: int, answer: Any) -> Any:
        """The bucket."""
        if number == 0:
            self._client.put_object(Bucket=self.asked[0]["Bucket"], Key=KEY, Body=DATA[::-1])
        return answer


def fetch(stage: Stage, client: Any, path: Path, range_bytes: int = 10) -> int:
    return sum(Source(client, stage.bucket, KEY, range_bytes).fetch(path))


@pytest.mark.parametrize("range_bytes", [1, 7, 10, 99, 100, 101, 10_000])
def test_the_parts_are_the_whole(
    stage: Stage, client: Any, tmp_path: Path, range_bytes: int
) -> None:
    (tmp_path / "file").write_bytes(b"something longer that was there before" * 10)

    n_bytes = fetch(stage, client, tmp_path / "file", range_bytes)

    assert (tmp_path / "file").read_bytes() == DATA
    assert n_bytes == len(DATA)


def test_every_part_after_the_first_is_asked_of_the_same_object(
    stage: Stage, client: Any, tmp_path: Path
) -> None:
    told = Told(client)

    fetch(stage, told, tmp_path / "file")

    assert len(told.asked) == 10
    tag = client.head_object(Bucket=stage.bucket, Key=KEY)["ETag"]
    assert [asked.get("IfMatch") for asked in told.asked] == [None] + [tag] * 9


def test_an_object_that_changes_meanwhile_is_an_error(
    stage: Stage, client: Any, tmp_path: Path
) -> None:
    with pytest.raises(ClientError, match="PreconditionFailed"):
        fetch(stage, Replaced(client), tmp_path / "file")


def test_less_than_was_asked_for_is_an_error(stage: Stage, client: Any, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"items.bin broke off: 9 bytes in place of 10"):
        fetch(stage, Short(client), tmp_path / "file")


def test_a_part_that_breaks_off_is_asked_for_again(
    stage: Stage, client: Any, tmp_path: Path
) -> None:
    fetch(stage, Broken(client, TRIES - 1), tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == DATA


def test_a_part_that_breaks_off_every_time_is_an_error(
    stage: Stage, client: Any, tmp_path: Path
) -> None:
    with pytest.raises(IncompleteReadError):
        fetch(stage, Broken(client, TRIES), tmp_path / "file")


def test_what_is_not_there_is_an_error_of_the_world(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="NoSuchKey"):
        fetch(stage, stage.client("s3"), tmp_path / "file")
