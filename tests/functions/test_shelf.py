"""The bucket: objects that are replaced, and models that never are."""

from pathlib import Path

import pytest
from boto3.exceptions import Boto3Error
from botocore.exceptions import ClientError

from domain.artifact import (
    CLUSTERS,
    FILES,
    MANIFEST,
    SIGNATURE,
    ArtifactError,
    verify,
    write_manifest,
)
from functions.aws import WorldError
from functions.shelf import Shelf, model_key
from tests.functions.faults import Faulty
from tests.functions.stage import Stage, record


def sealed(folder: Path) -> str:
    """A folder that holds what an artifact holds, and its version."""
    for name in FILES:
        (folder / name).write_bytes(name.encode())
    return write_manifest(folder)


def test_what_is_not_there_is_none(stage: Stage) -> None:
    assert stage.shelf().get("trends/current.npz") is None
    assert stage.shelf().get_newer("trends/current.npz", None) is None
    assert stage.shelf().get_newer("trends/current.npz", '"a-tag"') is None


def test_an_object_comes_only_when_it_is_another_one(stage: Stage) -> None:
    shelf = stage.shelf()
    shelf.put("a/key", b"one")
    data, tag = shelf.get_newer("a/key", None) or (b"", "")

    same = shelf.get_newer("a/key", tag)
    shelf.put("a/key", b"two")
    other = shelf.get_newer("a/key", tag)

    assert data == b"one"
    assert same is None
    assert other is not None
    assert other[0] == b"two"
    assert shelf.get("a/key") == b"two"


def test_a_version_that_was_replaced_is_forgotten_and_no_other(stage: Stage) -> None:
    s3, shelf = stage.client("s3"), stage.shelf()
    s3.put_bucket_versioning(Bucket=stage.bucket, VersioningConfiguration={"Status": "Enabled"})
    shelf.put("a/key", b"one")
    data, version = shelf.get_version("a/key") or (b"", "")
    shelf.put("a/key", b"two")

    shelf.forget("a/key", version)
    shelf.forget("a/key", version)

    kept = s3.list_object_versions(Bucket=stage.bucket)
    assert data == b"one"
    assert shelf.get("a/key") == b"two"
    assert len(kept["Versions"]) == 1
    assert "DeleteMarkers" not in kept


def test_a_bucket_without_versions_loses_nothing(stage: Stage) -> None:
    s3, shelf = stage.client("s3"), stage.shelf()
    shelf.put("a/key", b"one")
    s3.put_bucket_versioning(Bucket=stage.bucket, VersioningConfiguration={"Status": "Suspended"})

    found = shelf.get_version("a/key")
    shelf.forget("a/key", found[1] if found else "none")

    assert found == (b"one", "")
    assert shelf.get("a/key") == b"one"
    assert shelf.get_version("a/other") is None


def test_a_bucket_that_fails_is_not_taken_for_an_empty_one(stage: Stage) -> None:
    client = Faulty(stage.client("s3"), {"get_object": None}, code="AccessDenied")

    with pytest.raises(ClientError):
        stage.shelf(client).get("a/key")


def test_a_model_comes_back_as_it_was_placed(stage: Stage, tmp_path: Path) -> None:
    version = sealed(tmp_path)

    stage.shelf().put_model(tmp_path, version)
    read = sum(stage.shelf().fetch_model(version, tmp_path / "copy", range_bytes=7))

    assert {path.name: path.read_bytes() for path in (tmp_path / "copy").iterdir()} == {
        name: (tmp_path / name).read_bytes() for name in (*FILES, MANIFEST)}
    assert read == sum((tmp_path / name).stat().st_size for name in (*FILES, MANIFEST))
    assert sorted(stage.keys("models/")) == sorted(
        model_key(version, name) for name in (*FILES, MANIFEST, SIGNATURE))


def test_a_model_that_nobody_signed_is_refused_before_more_than_its_manifest_is_fetched(
    stage: Stage, tmp_path: Path
) -> None:
    version = sealed(tmp_path)
    Shelf(stage.bucket).put_model(tmp_path, version)

    with pytest.raises(ArtifactError, match="nobody signed"):
        list(stage.shelf().fetch_model(version, tmp_path / "copy"))

    assert [path.name for path in (tmp_path / "copy").iterdir()] == [MANIFEST]
    with pytest.raises(ArtifactError, match="nobody signed"):
        stage.shelf().check_model(version)


def test_a_signature_of_one_model_lets_no_other_one_serve(stage: Stage, tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
    ours, shelf = sealed(tmp_path / "ours"), stage.shelf()
    shelf.put_model(tmp_path / "ours", ours)
    (tmp_path / "theirs" / CLUSTERS).write_bytes(b"something else")
    theirs = sealed(tmp_path / "theirs")
    Shelf(stage.bucket).put_model(tmp_path / "theirs", theirs)
    shelf.put(model_key(theirs, SIGNATURE), shelf.get(model_key(ours, SIGNATURE)) or b"")

    with pytest.raises(ArtifactError, match="not of this deployment's key"):
        list(shelf.fetch_model(theirs, tmp_path / "copy"))


def test_where_nothing_is_signed_nobody_asks(stage: Stage, tmp_path: Path) -> None:
    version, plain = sealed(tmp_path), Shelf(stage.bucket)

    plain.put_model(tmp_path, version)

    plain.check_model(version)
    assert model_key(version, SIGNATURE) not in stage.keys("models/")
    with pytest.raises(ArtifactError, match=r"manifest.json is missing"):
        plain.check_model("0" * 16)


def test_the_clusters_of_a_large_catalogue_come_with_it(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / CLUSTERS).write_bytes(b"clusters")
    version = sealed(tmp_path)

    stage.shelf().put_model(tmp_path, version)
    list(stage.shelf().fetch_model(version, tmp_path / "copy"))

    assert verify(tmp_path / "copy") == version
    assert (tmp_path / "copy" / CLUSTERS).read_bytes() == b"clusters"


def test_a_model_that_comes_too_slowly_is_an_error_of_the_world(
    stage: Stage, tmp_path: Path
) -> None:
    version = sealed(tmp_path)
    stage.shelf().put_model(tmp_path, version)

    with pytest.raises(WorldError):
        list(stage.shelf().fetch_model(version, tmp_path / "copy", late=lambda: True))


class Uploads:
    """A client that notes what is uploaded, and takes only so many files."""

    def __init__(self, most: int) -> None:
        self.keys: list[str] = []
        self._most = most

    def upload_file(self, path: str, bucket: str, key: str) -> None:
        """Fails as boto3 does: with an error that botocore does not know."""
        if len(self.keys) == self._most:
            raise Boto3Error("the connection broke")
        self.keys.append(key)


def test_a_model_that_is_placed_half_has_no_manifest(tmp_path: Path) -> None:
    version, client = sealed(tmp_path), Uploads(len(FILES))

    with pytest.raises(Boto3Error):
        Shelf("b", client).put_model(tmp_path, version)  # type: ignore[arg-type]

    assert client.keys == [model_key(version, name) for name in FILES]


def test_a_model_that_is_not_there_is_an_error_of_the_world(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(ClientError):
        list(stage.shelf().fetch_model("0" * 16, tmp_path))


def test_a_log_object_is_named_by_day_shard_and_the_records_it_spans(stage: Stage) -> None:
    found = [record(n, f"user-{n}", "a") for n in range(3)]

    key = stage.shelf().write_log(found, 0)

    first, _, last = (entry.position for entry in found)
    assert key == (f"events/dt=1970-01-01/{first.shard_id}-{first.padded}-{last.padded}"
                   ".jsonl.gz")


def test_objects_below_a_prefix_are_listed_by_key(stage: Stage) -> None:
    shelf = stage.shelf()
    for n in range(1_001):  # one more than a request answers
        shelf.put(f"a/{n:04}", b"")
    shelf.put("b/0", b"")

    found = list(shelf.listed("a/"))
    shelf.put("a/0000", b"other")
    (again, *_) = shelf.listed("a/")

    assert [listed.key for listed in found] == [f"a/{n:04}" for n in range(1_001)]
    assert again.tag != found[0].tag
    assert again.written_ms >= found[0].written_ms > 0
    assert list(shelf.listed("c/")) == []


def test_links_are_signed_as_newer_buckets_ask_for_it(stage: Stage) -> None:
    link = Shelf(stage.bucket).link("exports/x", 60)

    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
