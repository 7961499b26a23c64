from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.engine import Engine
from local.objects import S3Error, download, split_uri, upload


@pytest.fixture
def s3() -> Iterator[Any]:
    engine = Engine("key", "secret")
    engine.start()
    client = engine.client("s3")
    client.create_bucket(Bucket="bucket")
    yield client
    engine.stop()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


def test_an_address_is_a_bucket_and_a_key() -> None:
    assert split_uri("s3://bucket/a/b") == ("bucket", "a/b")


def test_a_prefix_becomes_a_folder(s3: Any, tmp_path: Path) -> None:
    for key in ("events/dt=1/a", "events/dt=2/b", "other"):
        s3.put_object(Bucket="bucket", Key=key, Body=key.encode())

    download(s3, "s3://bucket/events/", tmp_path)

    assert files(tmp_path) == {"dt=1/a": b"events/dt=1/a", "dt=2/b": b"events/dt=2/b"}


def test_one_object_keeps_its_name(s3: Any, tmp_path: Path) -> None:
    s3.put_object(Bucket="bucket", Key="catalog/current.npz", Body=b"x")

    download(s3, "s3://bucket/catalog/current.npz", tmp_path)

    assert files(tmp_path) == {"current.npz": b"x"}


def test_nothing_under_a_prefix_is_an_error_unless_it_may_be(s3: Any, tmp_path: Path) -> None:
    with pytest.raises(S3Error, match="No S3 objects found under S3 URL s3://bucket/events/"):
        download(s3, "s3://bucket/events/", tmp_path)

    download(s3, "s3://bucket/events/", tmp_path, may_be_empty=True)

    assert files(tmp_path) == {}


def test_a_folder_becomes_a_prefix(s3: Any, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"x")

    upload(s3, tmp_path, "s3://bucket/kept/")

    assert s3.get_object(Bucket="bucket", Key="kept/deep/file")["Body"].read() == b"x"
