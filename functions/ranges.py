"""A large object of S3, fetched in parallel byte ranges straight into a file.

One connection brings less than a Lambda's network takes; several at once fill it. Every range
after the first asks for the very object that the first one saw (If-Match). boto3's transfer
manager does so in its newer versions; which one Lambda's runtime brings is not ours to say.
source: AWS, "Use Byte-Range Fetches" (Best Practices Design Patterns: Optimizing Amazon S3
Performance).
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from domain.artifact import ArtifactError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import GetObjectOutputTypeDef

RANGE_BYTES = 8_388_608  # typical sizes are 8 and 16 MB. source: as above
THREADS = 8  # of botocore's ten connections; they hold 64 MB at most
PART_BYTES = 1_048_576  # of a range, between two looks at the clock
TRIES = 3  # of a range whose bytes break off: botocore tries again only until they begin
BROKE_OFF = (HTTPClientError, IncompleteReadError, ResponseStreamingError)
# Of hundreds of ranges one may not even begin in time; where the first does not, nobody is there.
UNBEGUN = (*BROKE_OFF, ConnectTimeoutError, EndpointConnectionError)


def never() -> bool:
    """Nobody waits."""
    return False


class Source:
    """One object of a bucket, read by ranges. late: may no more be waited for it?"""

    def __init__(
        self, client: "S3Client", bucket: str, key: str, range_bytes: int = RANGE_BYTES,
        late: Callable[[], bool] = never,
    ) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        self._range_bytes, self._late = range_bytes, late

    def fetch(self, path: Path) -> Iterator[int]:
        """The whole object into a file, over what was there; yields bytes as they are written.

        raises: ArtifactError, when less comes than was asked for; ClientError, when the object is
        another one before its last range is read, or there is none; ReadTimeoutError, when it is
        late.
        """
        with path.open("wb") as file, ThreadPoolExecutor(THREADS) as threads:
            answer, data = self._read(0, {})
            size = int(answer["ContentRange"].rpartition("/")[2])
            yield self._write(file.fileno(), data, 0, size)
            rest = range(self._range_bytes, size, self._range_bytes)
            for at_once in range(0, len(rest), THREADS):
                begun = [threads.submit(self._copy, file.fileno(), start, size, answer["ETag"])
                         for start in rest[at_once:at_once + THREADS]]
                yield sum(done.result() for done in begun)

    def _copy(self, file: int, start: int, size: int, tag: str) -> int:
        return self._write(file, self._read(start, {"IfMatch": tag})[1], start, size)

    def _read(
        self, start: int, condition: dict[str, str]
    ) -> "tuple[GetObjectOutputTypeDef, bytes]":
        for left in reversed(range(TRIES)):
            try:
                answer = self._client.get_object(
                    Bucket=self._bucket, Key=self._key,
                    Range=f"bytes={start}-{start + self._range_bytes - 1}", **condition)  # type: ignore[arg-type]
            except UNBEGUN:
                if not (start and left) or self._late():
                    raise
                continue
            try:
                return answer, self._all(answer)
            except BROKE_OFF:
                if not left or self._late():
                    raise
        raise AssertionError("a range is tried at least once")

    def _all(self, answer: "GetObjectOutputTypeDef") -> bytes:
        parts = list[bytes]()
        while not self._late():
            if not (part := answer["Body"].read(PART_BYTES)):
                return b"".join(parts)
            parts.append(part)
        raise ReadTimeoutError(endpoint_url=f"s3://{self._bucket}")

    def _write(self, file: int, data: bytes, start: int, size: int) -> int:
        wanted = min(self._range_bytes, size - start)
        if len(data) != wanted:
            raise ArtifactError(f"{self._key} broke off: {len(data)} bytes in place of {wanted}")
        done = 0
        while done < wanted:
            done += os.pwrite(file, data[done:], start + done)
        return wanted
