"""The event log wherever it lies: a bucket, a copy of one, or the folder of a local cloud."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from domain.erasure import ErasureError, Forgotten, read_mark
from domain.layout import ERASURES, EVENT_LOG
from domain.record import Record, RecordError, decode_log
from functions.erasures import read_marks
from functions.event_log import GONE, EventLog
from functions.shelf import Shelf
from local.start import DATA

_OBJECT = ".jsonl.gz"


class LogbookError(ValueError):
    """A part of the log cannot be read, or there is none."""


class Logbook(NamedTuple):
    """The records, to be read once, and who is left out of whatever is said of them."""

    records: Iterator[Record]
    forgotten: Forgotten


def add_source(parser: argparse.ArgumentParser) -> None:
    """Where the log lies, as `opened` reads it."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--data", type=Path, default=DATA, help="folder of a local cloud")
    where.add_argument("--log", type=Path, help="folder with a copy of a log")
    where.add_argument("--bucket", help="of a deployment, with your credentials of AWS")


def opened(asked: argparse.Namespace) -> Logbook:
    """The log that was asked for."""
    if asked.bucket:
        return of_bucket(Shelf(asked.bucket))
    return of_copy(asked.log) if asked.log else of_cloud(asked.data)


def of_cloud(folder: Path) -> Logbook:
    """Of a local cloud, be it running or not: its bucket is files, each written whole."""
    objects = {unquote(path.name.partition("=")[2]): path
               for path in folder.glob("objects/*=*")}
    try:
        marks = [read_mark(key) for key in objects if key.startswith(ERASURES)]
    except ErasureError as error:
        raise LogbookError(str(error)) from error
    return Logbook(_records((path for key, path in sorted(objects.items())
                             if key.startswith(EVENT_LOG)), folder), Forgotten.of(marks))


def of_copy(folder: Path) -> Logbook:
    """Of a folder that holds a copy of the log and nothing else; the copy knows of no erasure."""
    return Logbook(_records(sorted(folder.rglob(f"*{_OBJECT}")), folder), Forgotten.of(()))


def of_bucket(shelf: Shelf) -> Logbook:
    """Of a deployment's bucket."""
    return Logbook(_fetched(EventLog(shelf)), Forgotten.of(read_marks(shelf, _refuse)))


def _refuse(told: str) -> None:
    raise LogbookError(told)


def _records(paths: Iterable[Path], folder: Path) -> Iterator[Record]:
    found = False
    for path in paths:
        try:
            yield from decode_log(path.read_bytes())
        except RecordError as error:
            raise LogbookError(f"{path}: {error}") from error
        found = True
    if not found:
        raise LogbookError(f"{folder} holds no event log")


def _fetched(log: EventLog) -> Iterator[Record]:
    for listed, records in log.read(log.objects()):
        if isinstance(records, list):
            yield from records
        elif records != GONE:  # what is gone was deleted with its day
            raise LogbookError(f"{listed.key}: {records}")
