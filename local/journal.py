"""What changed in the cloud -> a folder on disk, and back when the cloud starts again.

moto keeps everything in memory. Each call that changed a table or a stream is appended to one
file, in the order in which it happened, before its caller hears of it; bucket objects lie beside
it, the newest of each. A killed process therefore leaves a prefix of its history, which is a state
the cloud was in: nothing accepted is missing. What a mapping had consumed is noted in the same
file, after the writes of its handler, so that at most one batch is delivered again.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import unescape

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders

from local.engine import Engine

_JOURNAL, _OBJECTS = "journal.jsonl", "objects"
_CALLS = frozenset(
    [f"dynamodb.{name}" for name in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
                                     "TransactWriteItems")]
    + ["kinesis.PutRecord", "kinesis.PutRecords"])
_PUTS = frozenset(["s3.PutObject", "s3.CopyObject", "s3.CompleteMultipartUpload"])
_DELETES = frozenset(["s3.DeleteObject", "s3.DeleteObjects"])


class JournalError(RuntimeError):
    """The folder holds what this cloud cannot continue from."""


class Journal:
    """The folder of one local cloud; `notes` are small facts kept with it, the last of each name.

    template: names what the calls were made on; another one cannot take them.
    """

    def __init__(self, folder: Path, engine: Engine, template: str) -> None:
        self.notes: dict[str, Any] = {}
        self._engine = engine
        self._s3 = engine.client("s3")
        self._objects = folder / _OBJECTS
        self._objects.mkdir(parents=True, exist_ok=True)
        self._path = folder / _JOURNAL
        self._template = template
        self._lock = Lock()

    def replay(self, progress: Callable[[int, int], None] = lambda _done, _all: None) -> None:
        """Do again what was done, then listen to what is done from here on.

        progress: told of bytes read, and bytes in all.
        raises:   JournalError, when another process has the folder, a line is damaged or was made
                  on another template.
        cost:     about a millisecond a call.
        """
        self._take()
        self._replay(progress)
        if not self._path.stat().st_size:
            self._append({"template": self._template})
        self._engine.watch(self._watch)

    def _take(self) -> None:
        self._file = self._path.open("ab", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise JournalError(f"{self._path.parent} is in use by another process") from error

    def _replay(self, progress: Callable[[int, int], None]) -> None:
        for entry in self._read(progress):
            if "note" in entry:
                self.notes[entry["note"]] = entry["value"]
            elif "template" in entry and entry["template"] != self._template:
                raise JournalError(f"{self._path} was made on another template: delete "
                                   f"{self._path.parent}, or start with --fresh")
            elif "call" in entry and (status := self._engine.replay(_request(entry))) >= 300:
                raise JournalError(f"{entry['call']} answered {status} when done again")
        for path in self._objects.iterdir():
            bucket, key = path.name.split("=", 1)
            self._s3.put_object(Bucket=bucket, Key=unquote(key), Body=path.read_bytes())

    def note(self, name: str, value: Any) -> None:
        """Keep a small fact; it takes its place in the order of the calls."""
        self.notes[name] = value
        self._append({"note": name, "value": value})

    def sync(self) -> None:
        """Return when everything so far would survive a power cut."""
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """End; the folder stays."""
        self._file.close()

    def forget(self) -> None:
        """Throw the history away: the cloud is empty from here on."""
        self.notes.clear()
        self._file.truncate(0)
        shutil.rmtree(self._objects)
        self._objects.mkdir()
        self._append({"template": self._template})

    def _read(self, progress: Callable[[int, int], None]) -> Iterator[dict[str, Any]]:
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):  # the write was cut short: its caller never heard of it
            os.truncate(self._path, whole)
        done = 0
        for number, line in enumerate(data[:whole].splitlines(keepends=True), start=1):
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise JournalError(f"{self._path} line {number} is damaged") from error
            progress(done := done + len(line), whole)

    def _watch(self, call: str, request: AWSPreparedRequest) -> None:
        if call in _CALLS:
            headers = {name: _text(request.headers[name])
                       for name in ("X-Amz-Target", "Content-Type") if name in request.headers}
            self._append({"call": call, "url": request.url, "headers": headers,
                          "body": _text(request.body)})
        elif call in _PUTS:
            self._keep(*_object(request.url))
        elif call in _DELETES:
            bucket, key = _object(request.url)
            named = re.findall(r"<Key>(.*?)</Key>", _text(request.body))
            for name in [unescape(key) for key in named] or [key]:
                self._place(bucket, name).unlink(missing_ok=True)

    def _keep(self, bucket: str, key: str) -> None:
        place = self._place(bucket, key)
        body = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        unfinished = self._objects.with_name("object.unfinished")
        unfinished.write_bytes(body)
        unfinished.replace(place)

    def _place(self, bucket: str, key: str) -> Path:
        return self._objects / f"{bucket}={quote(key, safe='')}"

    def _append(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._file.write(line)


def erase(folder: Path) -> None:
    """Throw away what a folder holds of a cloud that does not run; its keys stay."""
    (folder / _JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(folder / _OBJECTS, ignore_errors=True)


def _request(entry: dict[str, Any]) -> AWSPreparedRequest:
    headers = HTTPHeaders()
    for name, value in entry["headers"].items():
        headers[name] = value
    return AWSPreparedRequest("POST", entry["url"], headers, entry["body"].encode(), False)


def _object(url: str) -> tuple[str, str]:
    """Bucket and key of an S3 address, in either of its styles."""
    parts = urlsplit(url)
    bucket, found, _ = parts.netloc.partition(".s3.")
    if found:
        return bucket, unquote(parts.path[1:])
    bucket, _, key = parts.path[1:].partition("/")
    return bucket, unquote(key)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""
