"""The numbers of one deployment, as CloudWatch finds them.

Metrics of functions have the dimension FunctionName, which adds up all versions and aliases, so
they hold with SnapStart too. source: AWS, "Using CloudWatch metrics with Lambda".
"""

from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from domain import metric
from infra.api import Counted
from infra.runtime import Runtime, metrics_namespace
from infra.storage import Storage
from infra.stream import EventStream

PERIOD = cdk.Duration.minutes(1)
QUARTER = cdk.Duration.minutes(15)
HOUR = cdk.Duration.hours(1)
FEW = 20  # events or lists in a quarter of an hour, of which a share says nothing yet


class Measures:
    """What handlers emit, and what AWS measures of functions, stream, tables, queue and API.

    consumers: verbs that read the stream.   functions: every verb.
    tables:    by their names in the stack.
    """

    def __init__(
        self, name: str, runtime: Runtime, storage: Storage, events: EventStream,
        api: Counted,
    ) -> None:
        self._namespace = metrics_namespace(name)
        self._runtime, self._events, self._api = runtime, events, api
        self.consumers, self.functions = tuple(events.mappings), tuple(runtime.by_verb)
        self.tables = {table.node.id: table for table in (
            storage.users, storage.items, storage.pages, storage.models)}

    def emitted(
        self, name: str, verb: str, statistic: str = "Sum", period: cdk.Duration = PERIOD
    ) -> cloudwatch.Metric:
        """A metric of a handler; powertools names the handler in the dimension `service`."""
        return cloudwatch.Metric(
            namespace=self._namespace, metric_name=name, dimensions_map={"service": verb},
            statistic=statistic, period=period, label=name)

    def rejected_percent(self) -> cloudwatch.MathExpression:
        """Of all events that callers sent in 15 minutes; 0 while they were few.

        The others are counted where they are folded: at the door each call would pay for a line.
        """
        return _share("rejected", "rejected + folded", {
            **self._quarter("ingest_events", rejected=metric.EVENTS_REJECTED),
            **self._quarter("update_user_features", folded=metric.EVENTS_FOLDED)})

    def fallback_percent(self) -> cloudwatch.MathExpression:
        """Lists that were not what the route is about, of all; 0 while they were few."""
        return _share("fallback", "lists", self._quarter(
            "recommend", fallback=metric.FALLBACKS, lists=metric.RECOMMENDATIONS))

    def empty_percent(self) -> cloudwatch.MathExpression:
        """Lists without any item, of all; 0 while they were few."""
        return _share("empty", "lists", self._quarter(
            "recommend", empty=metric.EMPTY_LISTS, lists=metric.RECOMMENDATIONS))

    def pushed_percent(self) -> cloudwatch.MathExpression:
        """Events of newcomers that lost weight in trends, of all; 0 while they were few."""
        return _share("pushed", "counted", self._quarter(
            "roll_up_trends", pushed=metric.held("newcomers"), counted=metric.EVENTS_ROLLED_UP))

    def unread_pages(self) -> cloudwatch.Metric:
        """Pages that the roll-up met and could not read."""
        return self.emitted(metric.PAGES_UNREAD, "roll_up_trends")

    def lag_ms(self, verb: str) -> cloudwatch.Metric:
        """Age of the last record a consumer was given."""
        return self._of_function(verb, "IteratorAge", "Maximum", label=verb)

    def failed_updates(self) -> cloudwatch.MathExpression:
        """Batches that consumers failed, by raising or by handing them back."""
        raised = [self._of_function(verb, "Errors") for verb in self.consumers]
        return _sum("failed", [
            *raised, self.emitted(metric.BATCHES_STOPPED, "update_user_features")])

    def freshness_ms(self, minutes: int) -> cloudwatch.Metric:
        """The slowest way of the probe's event from the door to its state."""
        return self.emitted(metric.FRESHNESS, "probe_freshness", "Maximum",
                            cdk.Duration.minutes(minutes))

    def freshness_missed(self, minutes: int) -> cloudwatch.Metric:
        """Events of the probe that were not seen in its patience, or not even taken."""
        return self.emitted(metric.FRESHNESS_MISSED, "probe_freshness",
                            period=cdk.Duration.minutes(minutes))

    def stopped_consumers(self) -> cloudwatch.MathExpression:
        """1 when the stream took records in 15 minutes and not every consumer was called.

        A mapping that is switched off has no lag: there is no number at all.
        """
        calls = {f"calls{place}": self._of_function(verb, "Invocations", period=QUARTER)
                 for place, verb in enumerate(self.consumers)}
        return cloudwatch.MathExpression(
            expression=f"IF(taken > taken * {' * '.join(calls)}, 1, 0)", label="stopped",
            period=QUARTER, using_metrics={"taken": self.taken(QUARTER), **calls})

    def parked_records(self) -> cloudwatch.MathExpression:
        """Stream records sent to the on-failure destination.

        source: AWS, "Types of metrics for Lambda functions", event source mapping metrics.
        """
        return self._of_mappings("OnFailureDestinationDeliveredEventCount", "parked")

    def dropped_records(self) -> cloudwatch.MathExpression:
        """Stream records that could not even be parked."""
        return self._of_mappings("DroppedEventCount", "lost")

    def quarantined(self) -> cloudwatch.MathExpression:
        """Stream records that nobody could read."""
        return _sum("quarantined", [
            self.emitted(metric.RECORDS_QUARANTINED, verb) for verb in self.consumers])

    def parked_work(self) -> cloudwatch.IMetric:
        """Background calls that failed for good and were not looked at yet."""
        return self._runtime.parked.metric_approximate_number_of_messages_visible(
            period=PERIOD, statistic="Maximum", label="work parked")

    def throttles(self, verbs: Iterable[str]) -> cloudwatch.MathExpression:
        """Calls that Lambda did not let run."""
        return _sum("throttled", [self._of_function(verb, "Throttles") for verb in verbs])

    def taken(self, period: cdk.Duration = PERIOD) -> cloudwatch.Metric:
        """Records that the stream took: one of a call, whatever of it was accepted."""
        return self._of_stream("IncomingRecords", "calls taken", period)

    def stream_throttles(self) -> cloudwatch.Metric:
        """Records that the stream did not take."""
        return self._of_stream("WriteProvisionedThroughputExceeded", "not taken by the stream")

    def table_throttles(self, name: str) -> cloudwatch.MathExpression:
        """Reads and writes that a table or its index did not take.

        ThrottledRequests would need a metric per operation, and counts a batch only when all of
        it was throttled; the index is not in the table's own count.
        source: AWS, "DynamoDB Metrics and dimensions", "CloudWatch throttling metrics".
        """
        return _sum(f"{name.lower()}_throttled", [
            cloudwatch.Metric(namespace="AWS/DynamoDB", metric_name=f"{kind}ThrottleEvents",
                              dimensions_map=place, statistic="Sum", period=PERIOD)
            for place in _places(self.tables[name]) for kind in ("Read", "Write")])

    def latency_ms(self, statistic: str) -> cloudwatch.Metric:
        """Of recommend, without API Gateway."""
        return self._of_function("recommend", "Duration", statistic, label=statistic)

    def error_percent(self, verb: str) -> cloudwatch.MathExpression:
        """Of a function's calls in 5 minutes."""
        period = cdk.Duration.minutes(5)
        return _percent(verb, self._of_function(verb, "Errors", period=period),
                        self._of_function(verb, "Invocations", period=period), period)

    def api_error_percent(self) -> cloudwatch.MathExpression:
        """5xx of all answers in 5 minutes."""
        period = cdk.Duration.minutes(5)
        failed, calls = (
            cloudwatch.Metric(namespace="AWS/ApiGateway", metric_name=name, statistic="Sum",
                              dimensions_map=dict(self._api.dimensions), period=period)
            for name in (self._api.failed, "Count"))
        return _percent("api", failed, calls, period)

    def model_age_h(self) -> cloudwatch.Metric:
        """Hours since the model that serves was promoted, measured without any request."""
        return self.emitted(metric.MODEL_AGE_H, "measure_models", "Maximum", HOUR)

    def served_age_h(self) -> cloudwatch.Metric:
        """The same, of the oldest model that a copy of recommend has in hand."""
        return self.emitted(metric.MODEL_AGE_H, "recommend", "Maximum", HOUR)

    def training_age_h(self) -> cloudwatch.Metric:
        """Hours since a training ended, well or not."""
        return self.emitted(metric.TRAINING_AGE_H, "measure_models", "Maximum", HOUR)

    def erasure_waits_h(self) -> cloudwatch.Metric:
        """Hours for which somebody waits to be out of the log; two looks may be an hour apart."""
        return self.emitted(metric.ERASURE_WAITS_H, "sweep_log", "Maximum", cdk.Duration.hours(3))

    def _of_function(
        self, verb: str, name: str, statistic: str = "Sum", period: cdk.Duration = PERIOD,
        label: str | None = None,
    ) -> cloudwatch.Metric:
        return self._runtime.by_verb[verb].metric(
            name, statistic=statistic, period=period, label=label)

    def _of_stream(
        self, name: str, label: str, period: cdk.Duration = PERIOD
    ) -> cloudwatch.Metric:
        """source: AWS, "Monitor the Amazon Kinesis Data Streams service with Amazon CloudWatch"."""
        return cloudwatch.Metric(
            namespace="AWS/Kinesis", metric_name=name, statistic="Sum", period=period, label=label,
            dimensions_map={"StreamName": self._events.stream.stream_name})

    def _quarter(self, verb: str, **names: str) -> dict[str, cloudwatch.IMetric]:
        return {id_: self.emitted(name, verb, period=QUARTER) for id_, name in names.items()}

    def _of_mappings(self, name: str, label: str) -> cloudwatch.MathExpression:
        return _sum(label, [
            cloudwatch.Metric(
                namespace="AWS/Lambda", metric_name=name, statistic="Sum", period=PERIOD,
                dimensions_map={"EventSourceMappingUUID": mapping.event_source_mapping_id})
            for mapping in self._events.mappings.values()])


def _places(table: dynamodb.Table) -> list[dict[str, str]]:
    """Where a table is throttled: by itself, and at each of its indexes."""
    itself = {"TableName": table.table_name}
    resource = table.node.default_child
    assert isinstance(resource, dynamodb.CfnTable)
    indexes = cdk.Stack.of(table).resolve(resource.global_secondary_indexes) or []
    return [itself, *({**itself, "GlobalSecondaryIndexName": str(index["indexName"])}
                      for index in indexes)]


def _sum(name: str, measures: Sequence[cloudwatch.Metric]) -> cloudwatch.MathExpression:
    """Of measures that may be missing, which counts as 0; one graph needs different names.

    No FILL: where the newest minute arrives late, it fills that minute with 0, and an alarm over
    one period never sees anything else. source: AWS, "Using metric math", FILL.
    """
    parts = {f"{name}{place}": measure for place, measure in enumerate(measures)}
    return cloudwatch.MathExpression(
        expression=" + ".join(parts), label=name, period=PERIOD, using_metrics=dict(parts))


def _share(
    name: str, whole: str, counted: dict[str, cloudwatch.IMetric]
) -> cloudwatch.MathExpression:
    """Of a whole that adds up what is counted; one bad one of two is no news yet."""
    return cloudwatch.MathExpression(
        expression=f"IF({whole} >= {FEW}, 100 * {name} / ({whole}), 0)", period=QUARTER,
        label=f"{name} (%)", using_metrics=counted)


def _percent(
    name: str, part: cloudwatch.Metric, whole: cloudwatch.Metric, period: cdk.Duration
) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=f"100 * {name}_part / {name}_whole", label=f"{name} fails (%)", period=period,
        using_metrics={f"{name}_part": part, f"{name}_whole": whole})
