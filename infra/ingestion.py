"""Events in: checked, put on the stream, and kept as a log."""

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from domain import layout
from functions import settings
from infra.ground import Ground
from infra.stream import EventStream


class Ingestion(Construct):
    """The door for events, the stream, and the event log that training replays."""

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        self.events = EventStream(
            self, "Events", deployment=ground.deployment, storage=ground.storage)
        self.ingest_events = self._ingest_events(ground)
        self.write_event_log = self._write_event_log(ground)

    def _ingest_events(self, ground: Ground) -> lambda_.Function:
        deployment, storage = ground.deployment, ground.storage
        function = ground.runtime.function(self, settings.IngestEvents(
            stream_name=self.events.stream.stream_name,
            users_table=storage.users.table_name,
            event_types=deployment.event_types,
            allowed_origin=deployment.allowed_origin,
            tokens_required=deployment.tokens_required,
            debug_sample=str(deployment.debug_sample),
        ), memory_mb=512, timeout_s=10, ceiling=deployment.ingest_ceiling)
        self.events.stream.grant(function, "kinesis:PutRecord")
        storage.grant(function, storage.users, "GetItem")
        return function

    def _write_event_log(self, ground: Ground) -> lambda_.Function:
        function = ground.runtime.function(self, settings.WriteEventLog(
            bucket_name=ground.storage.bucket.bucket_name,
            debug_sample=str(ground.deployment.debug_sample),
        ), memory_mb=512, timeout_s=60)
        ground.storage.grant_write(function, layout.EVENT_LOG, layout.QUARANTINE)
        # One object a minute and shard, or every 6 MB, which is what an invocation takes.
        self.events.feed(function, batch=10_000, window_s=60)
        return function
