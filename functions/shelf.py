"""S3: the event log, roll-ups, and models as immutable folders."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from domain.artifact import MANIFEST, sealed_files
from domain.layout import EVENT_LOG, MODELS_PREFIX
from domain.record import Record, encode_log
from functions.aws import CONFIG, Patience, s3
from functions.ranges import RANGE_BYTES, Source, never

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import GetObjectOutputTypeDef


class Listed(NamedTuple):
    """An object as the bucket lists it; another tag = other bytes."""

    key: str
    tag: str
    written_ms: int
    size_bytes: int


class Shelf:
    """One bucket."""

    def __init__(
        self, bucket: str, client: "S3Client | None" = None, config: Patience = CONFIG
    ) -> None:
        self._client = client or s3(config)
        self._bucket = bucket

    def write_log(self, records: Sequence[Record], arrived_ms: int) -> str:
        """Keep records as one object, named by what it spans, so that a retry overwrites its own.

        And no other: a write that lands late, of fewer records, takes none away.
        """
        first, last = records[0].position, records[-1].position
        key = f"{day_key(arrived_ms)}/{first.shard_id}-{first.padded}-{last.padded}.jsonl.gz"
        self._client.put_object(Bucket=self._bucket, Key=key, Body=encode_log(records))
        return key

    def get(self, key: str) -> bytes | None:
        """An object's bytes, None when there is none."""
        found = self.get_newer(key, None)
        return found[0] if found else None

    def get_newer(self, key: str, etag: str | None) -> tuple[bytes, str] | None:
        """Bytes and tag of an object, None when there is none or it is still the one known."""
        answer = self._get(key, {"IfNoneMatch": etag} if etag else {})
        return (answer["Body"].read(), answer["ETag"]) if answer else None

    def get_version(self, key: str) -> tuple[bytes, str] | None:
        """Bytes and version of an object, None when there is none; "" where no versions are kept.

        A bucket that keeps none any more calls all that it writes null.
        """
        answer = self._get(key, {})
        if not answer:
            return None
        version = answer.get("VersionId", "")
        return answer["Body"].read(), "" if version == "null" else version

    def forget(self, key: str, version: str) -> None:
        """Delete an earlier version for good, which nobody will want back."""
        if version:
            self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version)

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """Every object below a prefix, by key. cost: one request for each 1,000.

        after: only those whose key comes later.
        """
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix, StartAfter=after):
            for found in page.get("Contents", ()):
                written_ms = round(found["LastModified"].timestamp() * 1000)
                yield Listed(found["Key"], found["ETag"], written_ms, found["Size"])

    def put(self, key: str, data: bytes) -> None:
        """Write an object over what was there."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=data)

    def replace(self, listed: Listed, data: bytes) -> bool:
        """Write an object over the one that was listed; False when it is another by now.

        source: AWS, "How to prevent object overwrites with conditional writes".
        """
        try:
            self._client.put_object(Bucket=self._bucket, Key=listed.key, Body=data,
                                    IfMatch=listed.tag)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("PreconditionFailed", "NoSuchKey",
                                                   "ConditionalRequestConflict"):
                return False
            raise
        return True

    def purge(self, key: str, *, whole: bool = False) -> None:
        """Delete what an object was before, so that nobody can bring it back.

        whole: and what it is now. source: AWS, "Deleting object versions from a
        versioning-enabled bucket".
        """
        pages = self._client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self._bucket, Prefix=key):
            for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                if found["Key"] == key and (whole or not found["IsLatest"]):
                    self._client.delete_object(Bucket=self._bucket, Key=key,
                                               VersionId=found["VersionId"])

    def link(self, key: str, lasts_s: int) -> str:
        """A URL by which whoever has it may read an object for so long."""
        return str(self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=lasts_s))

    def download(self, key: str, path: Path) -> None:
        """An object into a file."""
        self._client.download_file(self._bucket, key, str(path))

    def put_model(self, folder: Path, version: str) -> None:
        """Place a sealed artifact; the manifest comes last, so a half-copied one is never whole."""
        for name in (*sealed_files(folder), MANIFEST):
            self._client.upload_file(str(folder / name), self._bucket, model_key(version, name))

    def fetch_model(
        self, version: str, folder: Path, range_bytes: int = RANGE_BYTES,
        late: Callable[[], bool] = never,
    ) -> Iterator[int]:
        """Copy an artifact into a folder, yielding bytes as they come; the caller verifies it.

        late: asked before each part of a range; when it is, the world is too slow.
        cost: the artifact on disk. One of ten million items takes 0.7 GB for its table of 64
        columns, 0.3 GB for ids of ten characters with their keys and counts, 8 bytes for each edge
        of its graph; and what is mapped of the one before lies there until it is let go. /tmp
        holds 512 MB unless `recommend_disk_mb` says more. source: AWS, "EphemeralStorage" (Lambda
        API).
        raises: ArtifactError, when a file breaks off or the manifest cannot be read; a
        `WorldError`, when one is not there, changes while it is read, or comes too late.
        """
        folder.mkdir(parents=True, exist_ok=True)

        def fetch(name: str) -> Iterator[int]:
            key = model_key(version, name)
            return Source(self._client, self._bucket, key, range_bytes, late).fetch(folder / name)

        yield from fetch(MANIFEST)
        for name in sealed_files(folder):
            yield from fetch(name)

    def _get(self, key: str, conditions: dict[str, str]) -> "GetObjectOutputTypeDef | None":
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key, **conditions)  # type: ignore[arg-type]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "304", "NotModified"):
                return None
            raise


def day_key(at_ms: int) -> str:
    """What the keys of the event log's objects of that day begin with; of days before it less."""
    return f"{EVENT_LOG}dt={datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()}"


def model_key(version: str, name: str) -> str:
    """Where one file of a version lies."""
    return f"{MODELS_PREFIX}{version}/{name}"
