"""An event source mapping of the template: how it cuts, tries, and gives up stream records.

source: AWS, "Using Lambda to process records from Amazon Kinesis Data Streams",
"Lambda parameters for Amazon Kinesis Data Streams event source mappings" and
"Retain discarded batch records for a Kinesis Data Streams event source in Lambda".
"""

import base64
import json
import uuid
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from local.template import ACCOUNT, REGION, Template, TemplateError

if TYPE_CHECKING:
    from types_boto3_kinesis.type_defs import RecordTypeDef as StreamRecord

FOREVER = -1  # of retries and of age: until the stream itself forgets the record
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024  # of one event. source: AWS, "Lambda quotas"
RECORD_OVERHEAD_BYTES = 600  # of a record's JSON beside its data: ids, ARNs, names
_REPORT = "ReportBatchItemFailures"


@dataclass(frozen=True)
class EventSource:
    """A mapping's settings, defaults as CreateEventSourceMapping has them.

    lanes:  ParallelizationFactor: batches of one shard at once, order kept by partition key.
    bucket: where records go that are given up; empty = nowhere.
    """

    name: str
    function: str
    stream_arn: str
    batch_size: int = 100
    window_s: float = 0.0
    lanes: int = 1
    bisects: bool = False
    reports: bool = False
    max_retries: int = FOREVER
    max_age_s: float = FOREVER
    bucket: str = ""

    @classmethod
    def from_properties(cls, name: str, function: str, properties: Dict[str, Any]) -> Self:
        """Read a resolved AWS::Lambda::EventSourceMapping.

        raises: TemplateError, for what the pump does not play.
        """
        failed = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
        if failed and not failed.startswith("arn:aws:s3:::"):
            raise TemplateError(f"{name}: only S3 takes failed records here, not {failed}")
        if properties.get("StartingPosition") != "TRIM_HORIZON":
            raise TemplateError(f"{name}: only TRIM_HORIZON is played here")
        unplayed = {"FilterCriteria", "TumblingWindowInSeconds"} & set(properties)
        if unplayed:
            raise TemplateError(f"{name}: {', '.join(unplayed)} is not played here")
        return cls(
            name, function, properties["EventSourceArn"], properties.get("BatchSize", 100),
            properties.get("MaximumBatchingWindowInSeconds", 0),
            properties.get("ParallelizationFactor", 1),
            properties.get("BisectBatchOnFunctionError", False),
            _REPORT in properties.get("FunctionResponseTypes", []),
            properties.get("MaximumRetryAttempts", FOREVER),
            properties.get("MaximumRecordAgeInSeconds", FOREVER),
            failed.removeprefix("arn:aws:s3:::"),
        )

    def event(self, shard_id: str, records: Sequence["StreamRecord"]) -> dict[str, Any]:
        """The records as Lambda hands them to the function."""
        return {"Records": [{
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record["PartitionKey"],
                "sequenceNumber": record["SequenceNumber"],
                "data": base64.b64encode(record["Data"]).decode(),
                "approximateArrivalTimestamp": arrival_s(record),
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{shard_id}:{record['SequenceNumber']}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/{self.function}",
            "awsRegion": REGION,
            "eventSourceARN": self.stream_arn,
        } for record in records]}

    def first_failed(self, records: Sequence["StreamRecord"], answer: Any) -> int | None:
        """Which record the function wants again, with all after it; None = none of them.

        An identifier that names no record of the batch fails the whole batch.
        source: AWS, "Configuring partial batch response with Kinesis Data Streams and Lambda".
        """
        if not self.reports or not answer or not answer.get("batchItemFailures"):
            return None
        named = {failure.get("itemIdentifier") for failure in answer["batchItemFailures"]}
        places = {r["SequenceNumber"]: place for place, r in enumerate(records)}
        return min(places.get(sequence, 0) for sequence in named)

    def obituary(self, shard_id: str, records: Sequence["StreamRecord"], condition: str,
                 invocations: int, now_s: float) -> tuple[str, bytes]:
        """Key and body of the object that keeps records which are given up."""
        now = datetime.fromtimestamp(now_s, UTC)
        body = {
            "requestContext": {
                "requestId": str(uuid.uuid4()), "condition": condition,
                "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function}",
                "approximateInvokeCount": invocations,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST",
                                "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": _iso(now),
            "KinesisBatchInfo": {
                "shardId": shard_id,
                "startSequenceNumber": records[0]["SequenceNumber"],
                "endSequenceNumber": records[-1]["SequenceNumber"],
                "approximateArrivalOfFirstRecord": _iso(records[0]["ApproximateArrivalTimestamp"]),
                "approximateArrivalOfLastRecord": _iso(records[-1]["ApproximateArrivalTimestamp"]),
                "batchSize": len(records),
                "streamArn": self.stream_arn,
            },
            "payload": self.event(shard_id, records),
        }
        mapping_id = uuid.uuid5(uuid.NAMESPACE_URL, self.name)
        key = f"aws/lambda/{mapping_id}/{shard_id}/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
        return key, json.dumps(body).encode()


def sources_of(template: Template) -> list[EventSource]:
    """Every mapping of a template whose names are bound."""
    return [EventSource.from_properties(name, template.function_of(given["FunctionName"]),
                                        template.resolve(given))
            for name, given in template.resources("AWS::Lambda::EventSourceMapping").items()]


def arrival_s(record: "StreamRecord") -> float:
    """When the record reached the stream, epoch seconds."""
    return record["ApproximateArrivalTimestamp"].timestamp()


def size_bytes(record: "StreamRecord") -> int:
    """What the record takes of an event's payload: base64 is four bytes for three."""
    return len(record["Data"]) * 4 // 3 + RECORD_OVERHEAD_BYTES


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
