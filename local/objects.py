"""Folders <-> S3 prefixes, as SageMaker copies them."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class S3Error(RuntimeError):
    """There is nothing where something was expected."""


def split_uri(uri: str) -> tuple[str, str]:
    """s3://bucket/key -> bucket, key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def download(s3: "S3Client", uri: str, folder: Path, *, may_be_empty: bool = False) -> None:
    """Every object under a prefix, or the one object of that key, into a folder.

    raises: S3Error, when there is none, as a training job fails then.
    """
    bucket, prefix = split_uri(uri)
    folder.mkdir(parents=True, exist_ok=True)
    found = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            key = entry["Key"]
            path = folder / (key.removeprefix(prefix).lstrip("/") or Path(key).name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            found += 1
    if not found and not may_be_empty:
        raise S3Error(f"No S3 objects found under S3 URL {uri} given in input data source")


def upload(s3: "S3Client", folder: Path, uri: str) -> None:
    """Every file of a folder, under a prefix."""
    bucket, prefix = split_uri(uri)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            key = f"{prefix.rstrip('/')}/{path.relative_to(folder).as_posix()}"
            s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
