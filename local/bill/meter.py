"""Counts what a local cloud would be billed for: at the AWS client, and around each invocation.

Nothing of it is in a handler. For a cloud that does not move by itself: CPU time is that of the
whole process.
"""

import json
import time
from base64 import b64decode
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.bill.tally import Tally, Work
from local.bill.units import KIB, Item, item_bytes, put_units, read_units, write_units
from local.cloud import Cloud
from local.function import Function
from local.resources import TABLES

STREAM = "stream"  # whose tally has the records: work.calls, and their bytes

_S3_WRITES = frozenset(["PutObject", "CopyObject", "ListObjectsV2", "CreateMultipartUpload",
                        "UploadPart", "CompleteMultipartUpload"])
_S3_READS = frozenset(["GetObject", "HeadObject"])
_WRITES = frozenset(["dynamodb.PutItem", "dynamodb.TransactWriteItems"])
_FREE = frozenset(["kinesis.ListShards", "dynamodb.DescribeTable"])


class MeterError(NotImplementedError):
    """A function made a call whose price nobody knows here."""


class Meter:
    """Of a cloud that runs; listens between `on` and `off`.

    tallies: by the function's verb, and of the stream.
    writes:  write units by table and partition key.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._engine, self._log = cloud.engine, cloud.log
        self._keys = {cloud.template.resolve({"Ref": name}): _key_names(given) for name, given
                      in cloud.template.resources(*TABLES).items()}
        self._sizes: dict[tuple[str, ...], int] = {}
        self._hearers = {"dynamodb": self._hear_dynamodb, "kinesis": self._hear_kinesis,
                         "s3": self._hear_s3, "eventbridge": self._hear_bus}
        self._used: dict[str, float] = defaultdict(float)
        self._arrived, self._rolled = Work(0), defaultdict[str, Work](lambda: Work(0))
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self.writes: dict[tuple[str, str], int] = defaultdict(int)
        self.is_on = self._is_asking = False
        self._engine.observe(self._hear)
        cloud.ask = self._ask

    def on(self) -> None:
        """Count from here on."""
        self.is_on = True

    def off(self) -> None:
        """Count no more; sizes of items are still followed."""
        self.is_on = False

    def _ask(self, function: Function, event: Any) -> Any:
        self._used.clear()
        self._is_asking = self.is_on
        try:
            answer = self._timed(function, event)
        finally:
            self._is_asking = False
        if isinstance(answer, dict) and "body" in answer:
            self._used["answer_bytes"] += _answer_bytes(answer)
        if self.is_on:
            self.tallies[function.verb].add(self._work(function.verb, event), self._used)
        return answer

    def _timed(self, function: Function, event: Any) -> Any:
        logged = self._log.stat().st_size
        began_s, away_s = time.process_time(), self._engine.answering_s
        answer = function.invoke(event)
        cpu_s = time.process_time() - began_s - (self._engine.answering_s - away_s)
        self._used["cpu_ms"] += cpu_s * 1000
        self._used["log_bytes"] += self._log.stat().st_size - logged
        return answer

    def _work(self, verb: str, event: Any) -> Work:
        if "Records" in event:
            events = sum(_events(b64decode(record["kinesis"]["data"]))
                         for record in event["Records"])
            return Work(1, len(event["Records"]), events)
        if "httpMethod" in event:
            events = _events((event["body"] or "").encode())
            work = Work(1, events > 0, events)
            self._arrived += work
            return work
        before, self._rolled[verb] = self._rolled[verb], self._arrived
        return Work(1, self._arrived.records - before.records,
                    self._arrived.events - before.events)

    def _hear(self, call: str, request: AWSPreparedRequest, response: AWSResponse) -> None:
        service, _, operation = call.partition(".")
        if call in _WRITES:  # sizes of items are followed whoever writes them
            self._write(_asked(request), is_done=response.status_code < 300)
        if not self._is_asking:
            return
        self._used[service] += 1  # a call that is waited for
        if call not in _FREE:
            self._hearers.get(service, self._refuse)(operation, request, response)

    def _refuse(self, operation: str, *_: Any) -> None:
        if self._is_asking:
            raise MeterError(f"{operation} has no price here")

    def _hear_dynamodb(
        self, operation: str, request: AWSPreparedRequest, response: AWSResponse
    ) -> None:
        asked = _asked(request)
        if operation == "GetItem":
            self._read(asked, self._size(asked["TableName"], asked["Key"]))
        elif operation == "BatchGetItem":  # each row as if it were asked for alone
            for table, rows in asked["RequestItems"].items():
                self._read(rows, *(self._size(table, key) for key in rows["Keys"]))
        elif operation in ("Query", "Scan"):  # of a scan not what its filter left out
            self._read(asked, sum(map(item_bytes, json.loads(response.content)["Items"])))
        elif f"dynamodb.{operation}" not in _WRITES:
            self._refuse(f"dynamodb.{operation}")

    def _read(self, asked: Mapping[str, Any], *sizes: int) -> None:
        is_consistent = asked.get("ConsistentRead", False)
        self._used["read_unit"] += sum(read_units(n, consistent=is_consistent) for n in sizes)

    def _size(self, table: str, key: Item) -> int:
        """Bytes of a row, 0 = there is none."""
        return self._sizes.get(self._place(table, key), 0)

    def _write(self, asked: Mapping[str, Any], *, is_done: bool) -> None:
        if "TransactItems" not in asked:
            self._put(asked, is_done=is_done, transacted=False)
            return
        for act in asked["TransactItems"]:
            ((kind, one),) = act.items()
            if kind == "Put":
                self._put(one, is_done=is_done, transacted=True)
            elif kind == "ConditionCheck":
                self._pay(self._place(one["TableName"], one["Key"]), 0, transacted=True)
            else:
                self._refuse(f"{kind} of a transaction")

    def _put(self, asked: Mapping[str, Any], *, is_done: bool, transacted: bool) -> None:
        """A write that its condition forbids is billed by what is there."""
        place, size = self._place(asked["TableName"], asked["Item"]), item_bytes(asked["Item"])
        self._pay(place, size if is_done else 0, transacted=transacted)
        if is_done:
            self._sizes[place] = size

    def _pay(self, place: tuple[str, ...], size: int, *, transacted: bool) -> None:
        if self._is_asking:
            units = write_units(max(size, self._sizes.get(place, 0)), transacted=transacted)
            self._used["write_unit"] += units
            self.writes[place[0], place[1]] += units

    def _hear_kinesis(
        self, operation: str, request: AWSPreparedRequest, response: AWSResponse
    ) -> None:
        if operation != "PutRecord":
            self._refuse(f"kinesis.{operation}")
        if response.status_code < 300:
            asked = _asked(request)
            data = b64decode(asked["Data"])
            size = len(data) + len(asked["PartitionKey"].encode())
            self.tallies[STREAM].add(Work(1, 1, _events(data)), {
                "put_unit": put_units(size), "bytes": size, "whole_kb": -(-size // KIB)})

    def _hear_bus(
        self, operation: str, request: AWSPreparedRequest, _: AWSResponse
    ) -> None:
        if operation != "PutEvents":
            self._refuse(f"eventbridge.{operation}")
        self._used["bus_event"] += len(_asked(request)["Entries"])

    def _hear_s3(self, operation: str, request: AWSPreparedRequest, _: AWSResponse) -> None:
        if operation in _S3_WRITES:
            self._used["s3_put"] += 1
            self._used["s3_bytes"] += int(request.headers.get("Content-Length") or 0)
        elif operation in _S3_READS:
            self._used["s3_get"] += 1
        else:
            self._refuse(f"s3.{operation}")

    def _place(self, table: str, item: Item) -> tuple[str, ...]:
        return table, *(next(iter(item[name].values())) for name in self._keys[table])


def _asked(request: AWSPreparedRequest) -> dict[str, Any]:
    assert isinstance(request.body, str | bytes)  # no stream: those are S3's
    return dict(json.loads(request.body))


def _key_names(table: Mapping[str, Any]) -> tuple[str, ...]:
    """The partition key's first."""
    return tuple(key["AttributeName"] for key in
                 sorted(table["KeySchema"], key=lambda key: str(key["KeyType"])))


def _events(body: bytes) -> int:
    """How many a batch holds, of a call or on the stream; a call without events holds none."""
    try:
        events = json.loads(body).get("events", ())
    except (ValueError, AttributeError):
        return 0
    return len(events) if isinstance(events, list) else 0


def _answer_bytes(answer: Mapping[str, Any]) -> int:
    headers = answer.get("multiValueHeaders") or answer.get("headers") or {}
    return len((answer["body"] or "").encode()) + len(json.dumps(headers))
