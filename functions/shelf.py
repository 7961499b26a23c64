"""S3: the event log, quarantined records, roll-ups, and models as immutable folders."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from domain.artifact import FILES, MANIFEST
from domain.layout import EVENT_LOG, MODELS_PREFIX, QUARANTINE
from domain.record import Position, Record, encode_log
from functions.aws import CONFIG

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class Listed(NamedTuple):
    """An object as the bucket lists it; another tag = other bytes."""

    key: str
    tag: str
    written_ms: int


class Shelf:
    """One bucket."""

    def __init__(
        self, bucket: str, client: "S3Client | None" = None, config: Config = CONFIG
    ) -> None:
        self._client = client or boto3.client("s3", config=config)
        self._bucket = bucket

    def write_log(self, records: Sequence[Record], arrived_ms: int) -> str:
        """Keep records as one object, named by the first, so that a retry overwrites its own."""
        first = records[0].position
        day = datetime.fromtimestamp(arrived_ms / 1000, UTC).date().isoformat()
        key = f"{EVENT_LOG}dt={day}/{first.shard_id}-{first.padded}.jsonl.gz"
        self._client.put_object(Bucket=self._bucket, Key=key, Body=encode_log(records))
        return key

    def quarantine(self, position: Position, data: bytes, reason: str) -> str:
        """Keep the bytes of a record nobody could read; the reason lies beside them."""
        key = f"{QUARANTINE}{position.shard_id}-{position.padded}"
        note = {"reason": reason, "shard": position.shard_id, "sequence": str(position.sequence)}
        self._client.put_object(Bucket=self._bucket, Key=f"{key}.json",
                                Body=json.dumps(note).encode())
        self._client.put_object(Bucket=self._bucket, Key=f"{key}.bin", Body=data)
        return key

    def get(self, key: str) -> bytes | None:
        """An object's bytes, None when there is none."""
        found = self.get_newer(key, None)
        return found[0] if found else None

    def get_newer(self, key: str, etag: str | None) -> tuple[bytes, str] | None:
        """Bytes and tag of an object, None when there is none or it is still the one known."""
        try:
            condition = {"IfNoneMatch": etag} if etag else {}
            answer = self._client.get_object(Bucket=self._bucket, Key=key, **condition)  # type: ignore[arg-type]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "304", "NotModified"):
                return None
            raise
        return answer["Body"].read(), answer["ETag"]

    def listed(self, prefix: str) -> Iterator[Listed]:
        """Every object below a prefix, by key. cost: one request for each 1,000."""
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for found in page.get("Contents", ()):
                written_ms = round(found["LastModified"].timestamp() * 1000)
                yield Listed(found["Key"], found["ETag"], written_ms)

    def put(self, key: str, data: bytes) -> None:
        """Write an object over what was there."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=data)

    def download(self, key: str, path: Path) -> None:
        """An object into a file."""
        self._client.download_file(self._bucket, key, str(path))

    def put_model(self, folder: Path, version: str) -> None:
        """Place a sealed artifact; the manifest comes last, so a half-copied one is never whole."""
        for name in (*FILES, MANIFEST):
            self._client.upload_file(str(folder / name), self._bucket, model_key(version, name))

    def fetch_model(self, version: str, folder: Path) -> None:
        """Copy an artifact into a folder; the caller verifies it."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in (*FILES, MANIFEST):
            self.download(model_key(version, name), folder / name)


def model_key(version: str, name: str) -> str:
    """Where one file of a version lies."""
    return f"{MODELS_PREFIX}{version}/{name}"
