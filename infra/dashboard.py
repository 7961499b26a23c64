"""What an owner asks, answered by one dashboard: a row for each promise."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from domain import metric
from domain.defence import REASONS
from infra.measures import Measures
from infra.promises import rollout_age_h


def make_dashboard(
    scope: Construct, name: str, ask: Measures, alarms: Sequence[cloudwatch.IAlarm]
) -> cloudwatch.Dashboard:
    """The alarms, and below them the numbers they look at and what explains them."""
    board = cloudwatch.Dashboard(scope, "Dashboard", dashboard_name=name)
    board.add_widgets(cloudwatch.AlarmStatusWidget(alarms=list(alarms), width=24, height=6))
    for row in (_intake(ask), _sight(ask), _lists(ask), _models(ask)):
        board.add_widgets(*row)
    return board


def _intake(ask: Measures) -> list[cloudwatch.IWidget]:
    return [
        _graph("Do events come in?", [ask.taken(), *(
            ask.emitted(name, "ingest_events")
            for name in (metric.EVENTS_REJECTED, metric.EVENTS_UNTAKEN, metric.EVENTS_CLAMPED))],
               [ask.rejected_percent()]),
        _graph("Is anything throttled?", [
            ask.stream_throttles(), *(ask.table_throttles(table) for table in ask.tables),
            ask.throttles(ask.functions)]),
        _graph("Does the API fail? (%)", [ask.api_error_percent()]),
    ]


def _sight(ask: Measures) -> list[cloudwatch.IWidget]:
    return [
        _graph("Are they seen in time? (ms)",
               [ask.freshness_ms(5), *(ask.lag_ms(verb) for verb in ask.consumers)],
               [ask.freshness_missed(5)]),
        _graph("Are they folded?", [ask.emitted(metric.EVENTS_FOLDED, "update_user_features"),
                                    ask.failed_updates()], [ask.stopped_consumers()]),
        _graph("Does anything fail for good?",
               [ask.parked_records(), ask.dropped_records(), ask.quarantined(),
                ask.unread_pages(), ask.parked_work()]),
    ]


def _lists(ask: Measures) -> list[cloudwatch.IWidget]:
    return [
        _graph("How fast are lists? (ms)", [ask.latency_ms("p50"), ask.latency_ms("p99")]),
        _graph("Do lists fail, or hold nothing? (%)",
               [ask.error_percent("recommend"), ask.empty_percent()], [ask.fallback_percent()]),
        _graph("What do lists hold?", [
            ask.emitted(name, "recommend")
            for name in (metric.RECOMMENDATIONS, metric.FALLBACKS, metric.EMPTY_LISTS,
                         metric.STATES_UNREAD, metric.LOOKS_FAILED)]),
        _graph("What does not count in trends?", [
            ask.emitted(name, "roll_up_trends")
            for name in (metric.EVENTS_REPEATED, *map(metric.held, REASONS))],
            [ask.pushed_percent()]),
    ]


def _models(ask: Measures) -> list[cloudwatch.IWidget]:
    return [
        _graph("How old is the model? And a share of a rollout? (h)",
               [ask.model_age_h(), ask.served_age_h()], [rollout_age_h(ask)]),
        _graph("When did a training end, and how long do erasures wait? (h)",
               [ask.training_age_h()], [ask.erasure_waits_h()]),
        _graph("How did trainings end?", [
            ask.emitted(name, "promote_model")
            for name in (metric.MODELS_PROMOTED, metric.MODELS_REFUSED,
                         metric.TRAININGS_FAILED)],
            [ask.emitted(metric.ROLLED_BACK, "step_rollout")]),
    ]


def _graph(
    title: str, left: Sequence[cloudwatch.IMetric], right: Sequence[cloudwatch.IMetric] = ()
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(left), right=list(right), width=8)
