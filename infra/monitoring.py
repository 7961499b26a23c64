"""What an owner asks, answered by one dashboard; what an owner must be told, by alarms."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from domain import metric
from infra.api import ROUTES
from infra.deployment import Deployment
from infra.measures import Measures
from infra.runtime import Runtime
from infra.stream import EventStream

# Shares of calls that may fail before somebody is told.
MAX_FAILED_PERCENT = 1
MAX_REJECTED_PERCENT = 10
CALLED = {route.verb for route in ROUTES}  # the other functions work in the background
LOG_LAG_S = 300  # the log's window is 60 s; it is late when five of them passed


class Monitoring(Construct):
    """Dashboard, alarms, and the topic that alarms speak to."""

    def __init__(
        self, scope: Construct, id_: str, *, deployment: Deployment, runtime: Runtime,
        events: EventStream, api: apigateway.RestApi,
    ) -> None:
        super().__init__(scope, id_)
        self._measures = Measures(deployment.name, runtime, events, api)
        self._topic = self._make_topic(deployment.alarm_email)
        self._alarms: list[cloudwatch.Alarm] = []
        self._watch_events(deployment)
        self._watch_failures(runtime)
        self._watch_answers(deployment)
        self._watch_models(deployment)
        self._make_dashboard(deployment)
        stack = cdk.Stack.of(self)
        self.dashboard_url = (f"https://{stack.region}.console.aws.amazon.com/cloudwatch/home"
                              f"?region={stack.region}#dashboards/dashboard/{deployment.name}")

    def _make_topic(self, email: str) -> sns.Topic:
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        if email:
            topic.add_subscription(subscriptions.EmailSubscription(email))
        return topic

    def _watch_events(self, deployment: Deployment) -> None:
        self._alarm("EventsRejected", self._measures.rejected_percent(), MAX_REJECTED_PERCENT,
                    "callers send events that are refused: see `rejected` of their answers")
        for verb in self._measures.consumers:
            limit_s = LOG_LAG_S if verb == "write_event_log" else deployment.lag_alarm_s
            self._alarm(f"Lag{_title(verb)}", self._measures.lag_ms(verb), limit_s * 1000,
                        f"{verb} is behind the stream: what users do is not seen in time", of=5)

    def _watch_failures(self, runtime: Runtime) -> None:
        self._alarm("RecordsParked", self._measures.parked_records(), 0,
                    "batches that no retry could apply lie in the bucket below aws/lambda/")
        self._alarm("RecordsDropped", self._measures.dropped_records(), 0,
                    "batches that no retry could apply could not be parked either: they are lost")
        self._alarm("RecordsQuarantined", self._measures.quarantined(), 0,
                    "records that nobody can read lie in the bucket below quarantine/")
        self._alarm("WorkParked", self._measures.parked_work(), 0,
                    "roll-ups, training starts or promotions failed: see the parked queue")
        for id_, verbs in {"Calls": CALLED, "Work": set(runtime.by_verb) - CALLED}.items():
            self._alarm(f"{id_}Throttled", self._measures.throttles(sorted(verbs)), 0,
                        "functions are not let run: raise their ceiling or the account's limit",
                        of=5)

    def _watch_answers(self, deployment: Deployment) -> None:
        self._alarm("RecommendLatency", self._measures.latency_ms("p99"),
                    deployment.latency_alarm_ms, "lists take too long", of=5)
        self._alarm("RecommendErrors", self._measures.error_percent("recommend"),
                    MAX_FAILED_PERCENT, "lists fail: see the log of recommend")
        self._alarm("ApiErrors", self._measures.api_error_percent(), MAX_FAILED_PERCENT,
                    "the API answers with 5xx")

    def _watch_models(self, deployment: Deployment) -> None:
        self._alarm("ModelAge", self._measures.model_age_h(), deployment.model_age_alarm_h,
                    "no newer model was promoted: see the log of promote_model for the reasons")
        self._alarm("TrainingFailed", self._measures.trainings_failed(), 0,
                    "a training job failed: see its log and the log of promote_model")

    def _alarm(
        self, id_: str, measure: cloudwatch.IMetric, limit: float, meaning: str, of: int = 1
    ) -> None:
        """Tell when a measure is above its limit, in 3 of 5 periods where one is no news."""
        alarm = cloudwatch.Alarm(
            self, id_, metric=measure, threshold=limit, alarm_description=meaning,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=of, datapoints_to_alarm=(of + 1) // 2,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING)
        alarm.add_alarm_action(actions.SnsAction(self._topic))
        self._alarms.append(alarm)

    def _make_dashboard(self, deployment: Deployment) -> None:
        ask = self._measures
        emitted = ask.emitted
        board = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=deployment.name)
        board.add_widgets(cloudwatch.AlarmStatusWidget(alarms=self._alarms, width=24))
        board.add_widgets(
            _graph("Do events come in?", [emitted(metric.EVENTS_ACCEPTED, "ingest_events"),
                                          emitted(metric.EVENTS_REJECTED, "ingest_events")]),
            _graph("Are they seen in time? (ms)", [ask.lag_ms(verb) for verb in ask.consumers]),
            _graph("Does anything fail for good?",
                   [ask.parked_records(), ask.dropped_records(), ask.quarantined(),
                    ask.parked_work()]))
        board.add_widgets(
            _graph("How fast are lists? (ms)", [ask.latency_ms("p50"), ask.latency_ms("p99")],
                   [ask.error_percent("recommend"), ask.api_error_percent()]),
            _graph("What do lists hold?", [
                emitted(name, "recommend")
                for name in (metric.RECOMMENDATIONS, metric.FALLBACKS, metric.EMPTY_LISTS)]),
            _graph("How old is the model? (h)", [ask.model_age_h()], [
                emitted(name, "promote_model")
                for name in (metric.MODELS_PROMOTED, metric.MODELS_REFUSED,
                             metric.TRAININGS_FAILED)]))


def _graph(
    title: str, left: Sequence[cloudwatch.IMetric], right: Sequence[cloudwatch.IMetric] = ()
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(left), right=list(right), width=8)


def _title(verb: str) -> str:
    return verb.title().replace("_", "")
