"""The event stream, and how a function reads it."""

import aws_cdk as cdk
import jsii
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from domain.layout import PARKED
from infra.deployment import Deployment
from infra.runtime import verb_of
from infra.storage import Storage

# Patience with one batch. A consumer quarantines what it cannot read, so what fails here is a
# broken service or a defect: five tries, then the batch is parked and the shard goes on.
RETRIES = 5
MAX_AGE = cdk.Duration.hours(6)
# What Lambda asks of the role of a function that reads a stream; CDK's grant gives two more.
# source: AWS, "Process Amazon Kinesis Data Streams records with Lambda" (Lambda Developer Guide).
_READING = ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator",
            "ListShards", "SubscribeToShard")


class EventStream(Construct):
    """One Kinesis stream; one record is one user's batch of events.

    mappings: how each consumer reads, by its verb.
    """

    def __init__(
        self, scope: Construct, id_: str, *, deployment: Deployment, storage: Storage
    ) -> None:
        super().__init__(scope, id_)
        on_demand = deployment.shards == 0
        self._storage = storage
        self.mappings: dict[str, lambda_.EventSourceMapping] = {}
        self.stream = kinesis.Stream(
            self, "Stream",
            stream_mode=(kinesis.StreamMode.ON_DEMAND if on_demand
                         else kinesis.StreamMode.PROVISIONED),
            shard_count=None if on_demand else deployment.shards,
            retention_period=cdk.Duration.hours(deployment.stream_retention_h),
            encryption=kinesis.StreamEncryption.MANAGED,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def feed(
        self, function: lambda_.Function, *, batch: int, window_s: int, lanes: int = 1
    ) -> None:
        """Have a function read the stream from its beginning.

        lanes: batches of one shard at once; the order of one user's records is kept.
        """
        self.stream.grant(function, *(f"kinesis:{action}" for action in _READING))
        self.mappings[verb_of(function)] = lambda_.EventSourceMapping(
            function, "Stream", target=function, event_source_arn=self.stream.stream_arn,
            # LATEST loses what arrives while the mapping is made.
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=batch, max_batching_window=cdk.Duration.seconds(window_s),
            parallelization_factor=lanes, report_batch_item_failures=True,
            bisect_batch_on_error=True, retry_attempts=RETRIES, max_record_age=MAX_AGE,
            on_failure=ParkedInBucket(self._storage), support_s3_on_failure_destination=True,
            metrics_config=lambda_.MetricsConfig(metrics=[lambda_.MetricType.EVENT_COUNT]),
        )


@jsii.implements(lambda_.IEventSourceDlq)
class ParkedInBucket:
    """Failed batches go to the bucket whole, so that they can be played again.

    CDK's S3OnFailureDestination lets the function read and write the whole bucket; Lambda asks for
    no more than this. source: AWS, "Retain discarded batch records for a Kinesis Data Streams event
    source in Lambda".
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def bind(
        self, _target: lambda_.IEventSourceMapping, target_handler: lambda_.IFunction
    ) -> lambda_.DlqDestinationConfig:
        """Called by CDK."""
        self._storage.grant_write(target_handler, PARKED)
        self._storage.grant_list(target_handler)
        return lambda_.DlqDestinationConfig(destination=self._storage.bucket.bucket_arn)
