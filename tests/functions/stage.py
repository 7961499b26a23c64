"""The deployment as handlers see it: recorded payloads in, answers, tables and metrics out."""

import base64
import copy
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from domain.event import Batch, Event
from domain.features import UserState
from domain.record import Position, Record, encode_batch
from domain.vocabulary import Vocabulary
from functions.api import Front
from functions.items import Items
from functions.notary import Notary
from functions.pages import Pages
from functions.registry import Registry
from functions.sessions import Sessions
from functions.shelf import Shelf
from functions.stream import Stream
from functions.users import Users
from infra.api import ROUTES
from local.cloud import Cloud
from tests.functions.promised import hold

PAYLOADS = Path(__file__).parents[1] / "payloads"
SHARD = "shardId-000000000006"
FIRST = 49590338271490256608559692538361571095921575989136588898  # as long as Kinesis makes them
NOW_MS = 1_760_000_000_000
VOCABULARY = Vocabulary()
OPEN = Front("*", tokens_required=False)  # to whoever holds the API key


def payload(name: str) -> Any:
    """A recorded AWS event."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def proxy_event(
    method: str, resource: str, body: Any = None, query: Iterable[tuple[str, str]] = (),
    received_ms: int = NOW_MS, **path: str,
) -> dict[str, Any]:
    """The recorded proxy event, made to another call; path parameters are encoded as sent."""
    event = payload("api_gateway_rest_proxy")
    named: dict[str, list[str]] = {}
    for name, value in query:
        named.setdefault(name, []).append(value)
    event |= {
        "resource": resource, "httpMethod": method,
        "pathParameters": {n: quote(v, safe="~") for n, v in path.items()} or None,
        "queryStringParameters": {n: v[-1] for n, v in named.items()} or None,
        "multiValueQueryStringParameters": named or None,
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
    }
    event["requestContext"]["requestTimeEpoch"] = received_ms
    return dict(event)


def kinesis_event(found: Iterable[Record | tuple[Position, bytes]], at_s: float) -> dict[str, Any]:
    """The recorded stream event with these records, or bytes, in place of its own."""
    pattern, records = payload("kinesis")["Records"][0], []
    for position, content in found:
        data = encode_batch(content) if isinstance(content, Batch) else content
        record = copy.deepcopy(pattern)
        record["eventID"] = f"{position.shard_id}:{position.sequence}"
        record["kinesis"] |= {"sequenceNumber": str(position.sequence),
                              "data": base64.b64encode(data).decode(),
                              "approximateArrivalTimestamp": at_s}
        records.append(record)
    return {"Records": records}


def job_event(bucket: str, name: str, created_ms: int = NOW_MS) -> dict[str, Any]:
    """The recorded end of a training job, made to another one's."""
    event = payload("sagemaker_training_job_state_change")
    event["detail"] |= {"TrainingJobName": name, "CreationTime": str(created_ms),
                        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/staging/models"}}
    return dict(event)


def clicks(*item_ids: str, at_ms: int = NOW_MS, tag: str = "e") -> tuple[Event, ...]:
    """A click a second on each item, in this order."""
    return tuple(Event(f"{tag}-{n}", "click", item_id, at_ms + 1000 * n)
                 for n, item_id in enumerate(item_ids))


def record(n: int, subject: str, *item_ids: str, shard_id: str = SHARD) -> Record:
    """The n-th record of a shard: one user's clicks, a minute after those of the record before."""
    at_ms = NOW_MS + n * 60_000
    batch = Batch(subject, at_ms, clicks(*item_ids, at_ms=at_ms, tag=f"{shard_id}-{n}"))
    return Record(Position(shard_id, FIRST + n), batch)


def archive(files: Mapping[str, bytes]) -> bytes:
    """A model.tar.gz of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def files_of(folder: Path) -> dict[str, bytes]:
    """Name -> bytes of every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@dataclass(frozen=True)
class Answer:
    """What a route answered."""

    status: int
    body: Any

    @property
    def ids(self) -> list[str]:
        """Of a list: its items, best first."""
        return [place["item_id"] for place in self.body["items"]]

    @property
    def error(self) -> tuple[int, str, str | None]:
        """Status, code and field of a refusal."""
        return self.status, self.body["error"]["code"], self.body["error"]["field"]


class Stage:
    """One emptied cloud."""

    def __init__(self, cloud: Cloud, out: pytest.CaptureFixture[str],
                 log: pytest.LogCaptureFixture) -> None:
        self.cloud, self.log = cloud, log
        self._out, self._printed = out, ""

    def client(self, service: str) -> Any:
        """A boto3 client of the cloud."""
        return self.cloud.engine.client(service)

    def setting(self, name: str) -> str:
        """A setting that functions are told, such as users_table."""
        variable = f"HEADWATER_{name.upper()}"
        return next(function.environment[variable] for function in self.cloud.by_verb.values()
                    if variable in function.environment)

    def users(self, client: Any = None) -> Users:
        """The table of users, through a client."""
        return Users(self.setting("users_table"), client or self.client("dynamodb"))

    def sessions(self, client: Any = None) -> Sessions:
        """The sessions in the table of users, through a client."""
        return Sessions(self.setting("users_table"), client or self.client("dynamodb"))

    def items(self, client: Any = None) -> Items:
        """The table of items, without pauses between tries."""
        return Items(self.setting("items_table"), client or self.client("dynamodb"),
                     pause=lambda _: None)

    def pages(self, client: Any = None) -> Pages:
        """The table of pages."""
        return Pages(self.setting("pages_table"), client or self.client("dynamodb"))

    def registry(self, client: Any = None) -> Registry:
        """The table of models."""
        return Registry(self.setting("models_table"), client or self.client("dynamodb"))

    def shelf(self, client: Any = None) -> Shelf:
        """The bucket."""
        notary = Notary.of(self.setting("signing_key"), self.client("kms"))
        return Shelf(self.bucket, client or self.client("s3"), notary=notary)

    def stream(self, client: Any = None) -> Stream:
        """The event stream."""
        return Stream(self.setting("stream_name"), client or self.client("kinesis"))

    @property
    def bucket(self) -> str:
        """Its name."""
        return self.setting("bucket_name")

    def call(self, method: str, resource: str, body: Any = None,
             query: Iterable[tuple[str, str]] = (), received_ms: int = NOW_MS,
             **path: str) -> Answer:
        """Call a route's function as API Gateway does; what it answers must be documented."""
        verb = next(r.verb for r in ROUTES if (r.method, r.path) == (method, resource))
        event = proxy_event(method, resource, body, query, received_ms, **path)
        answered = self.cloud.by_verb[verb].invoke(event)
        answer = Answer(answered["statusCode"], json.loads(answered["body"]))
        hold(method, resource, answer.status, answer.body)
        return answer

    def deliver(
        self, verb: str, found: Iterable[Record | tuple[Position, bytes]],
        at_s: float = NOW_MS / 1000,
    ) -> str | None:
        """Call a consumer as its mapping does; the sequence number it wants again, if any."""
        answer = self.cloud.by_verb[verb].invoke(kinesis_event(found, at_s))
        failures = answer["batchItemFailures"]
        assert len(failures) <= 1
        return failures[0]["itemIdentifier"] if failures else None

    def end_job(self, name: str, files: Mapping[str, bytes] | bytes,
                created_ms: int = NOW_MS) -> Any:
        """Leave an archive in staging and tell the promoter."""
        data = files if isinstance(files, bytes) else archive(files)
        self.shelf().put(f"staging/models/{name}/output/model.tar.gz", data)
        return self.cloud.by_verb["promote_model"].invoke(
            job_event(self.bucket, name, created_ms))

    def listen(self) -> Callable[[], list[tuple[str, str]]]:
        """A queue that hears the topic of alarms; called, it tells subject and text of each."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName="heard")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        self.client("sns").subscribe(TopicArn=self.setting("alarm_topic"), Protocol="sqs",
                                     Endpoint=arn["QueueArn"])

        def heard() -> list[tuple[str, str]]:
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            told = [json.loads(message["Body"]) for message in found.get("Messages", [])]
            return [(notice["Subject"], notice["Message"]) for notice in told]

        return heard

    def restart(self, verb: str) -> None:
        """A new execution environment: what it kept at hand is gone."""
        self.cloud.by_verb[verb].load()

    def keys(self, prefix: str = "") -> list[str]:
        """Keys of the bucket."""
        found = self.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for entry in found.get("Contents", [])]

    def on_stream(self) -> list[bytes]:
        """The data of every record on the stream."""
        kinesis, name, found = self.client("kinesis"), self.setting("stream_name"), []
        for shard in kinesis.list_shards(StreamName=name)["Shards"]:
            start = kinesis.get_shard_iterator(StreamName=name, ShardId=shard["ShardId"],
                                               ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            found += [r["Data"] for r in kinesis.get_records(ShardIterator=start)["Records"]]
        return found

    def counted(self, name: str) -> float:
        """The sum of a metric so far, as CloudWatch reads it from what functions print."""
        return sum(sum(line[name]) for line in self.emitted() if name in line)

    def printed(self) -> str:
        """All that functions printed so far, which is metrics."""
        self._printed += self._out.readouterr().out
        return self._printed

    def emitted(self) -> list[dict[str, Any]]:
        """Every line of metrics that functions printed so far."""
        lines = [json.loads(line) for line in self.printed().splitlines() if line.startswith("{")]
        return [line for line in lines if "_aws" in line]

    def logged(self) -> list[str]:
        """Every line that functions logged so far, with all its fields."""
        return [str(vars(entry)) for entry in self.log.records]

    def state(self, subject: str) -> UserState:
        """A user's state."""
        return self.users().get(subject, consistent=True).state


def ids_of(records: Sequence[Record]) -> list[int]:
    """The sequence numbers of records."""
    return [r.position.sequence for r in records]
