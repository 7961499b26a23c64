"""The numbers of one deployment, as CloudWatch finds them."""

from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch

from domain import metric
from infra.runtime import Runtime, metrics_namespace
from infra.stream import EventStream

PERIOD = cdk.Duration.minutes(1)


class Measures:
    """What handlers emit, and what AWS measures of functions, stream, queue and API.

    consumers: verbs that read the stream.
    """

    def __init__(
        self, name: str, runtime: Runtime, events: EventStream, api: apigateway.RestApi
    ) -> None:
        self._namespace = metrics_namespace(name)
        self._runtime, self._events, self._api = runtime, events, api
        self.consumers = tuple(events.mappings)

    def emitted(
        self, name: str, verb: str, statistic: str = "Sum", period: cdk.Duration = PERIOD
    ) -> cloudwatch.Metric:
        """A metric of a handler; powertools names the handler in the dimension `service`."""
        return cloudwatch.Metric(
            namespace=self._namespace, metric_name=name, dimensions_map={"service": verb},
            statistic=statistic, period=period, label=name)

    def rejected_percent(self) -> cloudwatch.MathExpression:
        """Of all events that callers sent in 15 minutes."""
        period = cdk.Duration.minutes(15)
        rejected, accepted = (
            self.emitted(name, "ingest_events", period=period)
            for name in (metric.EVENTS_REJECTED, metric.EVENTS_ACCEPTED))
        return cloudwatch.MathExpression(
            expression="100 * rejected / (rejected + accepted)", label="rejected (%)",
            period=period, using_metrics={"rejected": rejected, "accepted": accepted})

    def lag_ms(self, verb: str) -> cloudwatch.Metric:
        """Age of the last record a consumer was given."""
        return self._runtime.by_verb[verb].metric(
            "IteratorAge", statistic="Maximum", period=PERIOD, label=verb)

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
        return _sum("throttled", [
            self._runtime.by_verb[verb].metric_throttles(period=PERIOD) for verb in verbs])

    def latency_ms(self, statistic: str) -> cloudwatch.Metric:
        """Of recommend, without API Gateway."""
        return self._runtime.by_verb["recommend"].metric_duration(
            statistic=statistic, period=PERIOD, label=statistic)

    def error_percent(self, verb: str) -> cloudwatch.MathExpression:
        """Of a function's calls in 5 minutes."""
        period = cdk.Duration.minutes(5)
        function = self._runtime.by_verb[verb]
        return _percent(verb, function.metric_errors(period=period),
                        function.metric_invocations(period=period), period)

    def api_error_percent(self) -> cloudwatch.MathExpression:
        """5xx of all answers in 5 minutes."""
        period = cdk.Duration.minutes(5)
        return _percent("api", self._api.metric_server_error(period=period, statistic="Sum"),
                        self._api.metric_count(period=period), period)

    def model_age_h(self) -> cloudwatch.Metric:
        """Hours since the model that serves was promoted."""
        return self.emitted(metric.MODEL_AGE_H, "recommend", "Maximum", cdk.Duration.hours(1))

    def trainings_failed(self) -> cloudwatch.Metric:
        """Training jobs that ended without a model."""
        return self.emitted(metric.TRAININGS_FAILED, "promote_model")

    def _of_mappings(self, name: str, label: str) -> cloudwatch.MathExpression:
        return _sum(label, [
            cloudwatch.Metric(
                namespace="AWS/Lambda", metric_name=name, statistic="Sum", period=PERIOD,
                dimensions_map={"EventSourceMappingUUID": mapping.event_source_mapping_id})
            for mapping in self._events.mappings.values()])


def _sum(name: str, measures: Sequence[cloudwatch.Metric]) -> cloudwatch.MathExpression:
    """Of measures that may be missing; one graph needs different names."""
    parts = {f"{name}{place}": measure for place, measure in enumerate(measures)}
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL({part}, 0)" for part in parts), label=name, period=PERIOD,
        using_metrics=dict(parts))


def _percent(
    name: str, part: cloudwatch.Metric, whole: cloudwatch.Metric, period: cdk.Duration
) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=f"100 * {name}_part / {name}_whole", label=f"{name} fails (%)", period=period,
        using_metrics={f"{name}_part": part, f"{name}_whole": whole})
