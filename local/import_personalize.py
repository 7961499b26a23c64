"""python -m local import-personalize: Amazon Personalize's data sets, through the public API.

Into the local cloud, which must not run meanwhile, or into a deployment, with --url and --key;
there items are written with the credentials of the AWS CLI. Begun again, it goes on where it was.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.credentials import Credentials

from domain.vocabulary import Vocabulary, VocabularyError
from local.client import Client
from local.cloud import Cloud
from local.collection import Collection, CollectionError
from local.function import FunctionError
from local.journal import JournalError
from local.loader import load
from local.personalize_data import Source, read
from local.start import DATA
from local.template import TemplateError

SETS = ("interactions", "items", "users")
SHOWN = 20  # problems on the screen
Sources = dict[str, Source | None]  # by their names in `SETS`


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be said beside the verb."""
    for name in SETS:
        needed = name == "interactions"
        parser.add_argument(f"--{name}", type=Path, required=needed, help="CSV file")
        parser.add_argument(f"--{name}-schema", type=Path, required=needed,
                            help="its Avro schema, JSON")
    parser.add_argument("--event-type", action="append", default=[], metavar="THEIRS=OURS",
                        help="a type's name here; may be said again for another")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the local cloud")
    parser.add_argument("--url", help="of a deployment's API, in place of the local cloud")
    parser.add_argument("--key", help="the deployment's API key")
    parser.add_argument("--event-types", default="[]", help="as in the deployment's settings")


@dataclass(frozen=True)
class Deployed:
    """A deployment that is loaded into; how far that got stands in a file beside the data."""

    url: str
    key: str
    credentials: Credentials
    region: str
    notes: Path

    def client(self) -> Client:
        """A caller with the API key, and the signature of whoever runs this."""
        return Client(self.url.rstrip("/"), self.key, self.credentials, self.region)

    def recall(self, name: str) -> Any:
        """What was remembered, None when nothing was."""
        return self._read().get(name)

    def remember(self, name: str, value: Any) -> None:
        """Keep a fact of this deployment."""
        fresh = self.notes.with_suffix(".new")
        fresh.write_text(json.dumps({**self._read(), name: value}))
        fresh.replace(self.notes)

    def _read(self) -> dict[str, Any]:
        return dict(json.loads(self.notes.read_text())) if self.notes.exists() else {}


def run(asked: argparse.Namespace) -> None:
    """Read, say what was left out, load; status 1 when anything was left out or refused."""
    try:
        sources = {name: _source(asked, name) for name in SETS}
        left = (_into_deployment if asked.url else _into_local)(asked, sources)
    except (CollectionError, TemplateError, JournalError, FunctionError, VocabularyError) as error:
        sys.exit(f"Nothing more was loaded: {error}")
    sys.exit(bool(left))


def _into_local(asked: argparse.Namespace, sources: Sources) -> int:
    with Cloud(asked.data, live=False) as cloud:
        told = cloud.by_verb["ingest_events"].environment["HEADWATER_EVENT_TYPES"]
        found = _collection(asked, sources, Vocabulary.from_json(told))
        left = _report(found, load(cloud, found))
        cloud.drain()
        return left


def _into_deployment(asked: argparse.Namespace, sources: Sources) -> int:
    session = boto3.Session()
    credentials = session.get_credentials()
    if not (asked.key and credentials and session.region_name):
        raise CollectionError("a deployment needs --key, and the AWS CLI's credentials and region")
    found = _collection(asked, sources, Vocabulary.from_json(asked.event_types))
    notes = asked.interactions.with_suffix(".loaded.json")
    target = Deployed(asked.url, asked.key, credentials, session.region_name, notes)
    return _report(found, load(target, found))


def _collection(
    asked: argparse.Namespace, sources: Sources, vocabulary: Vocabulary
) -> Collection:
    assert sources["interactions"] is not None  # argparse requires both
    pairs = [pair.partition("=") for pair in asked.event_type]
    types = {theirs: ours for theirs, _, ours in pairs}
    return read(sources["interactions"], sources["items"], sources["users"], vocabulary, types)


def _source(asked: argparse.Namespace, name: str) -> Source | None:
    rows, schema = getattr(asked, name), getattr(asked, f"{name}_schema")
    if (rows is None) != (schema is None):
        raise CollectionError(f"--{name} and --{name}-schema are said together")
    return Source(rows, schema) if rows else None


def _report(found: Collection, refused: list[str]) -> int:
    """How many were left out; each with its line and reason, the first of them shown."""
    problems = [*found.problems, *refused]
    print(f"{found.count()} events of {len(found.events)} users, {len(found.items)} items, "
          f"{len(found.users)} described users; {len(problems)} left out")
    print(*problems[:SHOWN], sep="\n")
    return len(problems)
