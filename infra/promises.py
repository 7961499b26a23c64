"""What a deployment promises, and by which numbers an owner sees that a promise is broken.

To watch one more thing, add a `Watch` to its promise and a section of its name to
docs/runbook.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from domain import metric
from functions.settings import BY_VERB
from infra.api import PERSONALIZE, ROUTES
from infra.deployment import Deployment
from infra.measures import HOUR, Measures
from infra.runtime import Runtime

# Shares that may fail before somebody is told.
MAX_FAILED_PERCENT = 1
MAX_REJECTED_PERCENT = 10
MAX_PUSHED_PERCENT = 1
ASKED = {"authorize", "check_key"}  # by API Gateway, before it lets a call through
DOOR = {route.verb for route in PERSONALIZE} | {"carry_signature"}  # of clients of Personalize
BY_SETTING = ASKED | DOOR  # deployed where a setting asks for it
CALLED = {route.verb for route in ROUTES} | BY_SETTING  # the others work in the background
# Who calls the one is told at once, and who waits for the other sees how far it is: a turn that is
# not let run comes again for six hours.
BY_HAND = {"replay_events", "make_batch"}
ERASURE_H = 24  # by then nothing in the bucket knows somebody who was erased
LOG_LAG_S = 300  # the log's window is 60 s; it is late when five of them passed
DAY = cdk.Duration.days(1)
ROLLOUT_H = 6  # at one share, which a rollout leaves after an hour as long as anybody asks


@dataclass(frozen=True)
class Watch:
    """One alarm: a measure above its limit.

    meaning:    what an owner should know, in one line.
    of:         periods looked at; `at_least` of them must be above, by default three of five.
    is_beating: the measure never stops while all is well, so that silence alarms too.
    """

    name: str
    measure: cloudwatch.IMetric
    limit: float
    meaning: str
    of: int = 1
    at_least: int = 0
    is_beating: bool = False


@dataclass(frozen=True)
class Promise:
    """What is told as one thing. name: of the alarm that says it is broken."""

    name: str
    meaning: str
    watches: tuple[Watch, ...]


def promises(
    deployment: Deployment, runtime: Runtime, measures: Measures
) -> Iterator[Promise]:
    """Every promise, in the order of the flow."""
    yield Promise("EventsNotTaken", "events that callers send are not all taken",
                  tuple(_intake(runtime, measures)))
    yield Promise("ActionsNotSeen", "what users do is not seen in time, or not at all",
                  tuple(_sight(deployment, runtime, measures)))
    yield Promise("ListsNotGood", "lists are slow, fail, or are not what they should be",
                  tuple(_lists(deployment, measures)))
    yield Promise("ModelsNotRenewed", "the model that serves is not kept up",
                  tuple(_models(deployment, measures)))
    yield Promise("UsersNotForgotten", "who asked to be forgotten is not yet, everywhere", (
        Watch("ErasuresWait", measures.erasure_waits_h(), ERASURE_H,
              "the event log still holds somebody who was erased a day ago", is_beating=True),))


def _intake(runtime: Runtime, ask: Measures) -> Iterator[Watch]:
    yield Watch("EventsRejected", ask.rejected_percent(), MAX_REJECTED_PERCENT,
                "callers send events that are refused")
    yield Watch("StreamThrottled", ask.stream_throttles(), 0,
                "the stream takes no more: it needs more shards", of=5)
    yield Watch("CallsThrottled", ask.throttles(sorted((CALLED - DOOR) & set(runtime.by_verb))), 0,
                "functions behind the API are not let run", of=5)
    if door := sorted(DOOR & set(runtime.by_verb)):  # apart: an alarm adds up ten metrics at most
        yield Watch("PersonalizeThrottled", ask.throttles(door), 0,
                    "functions that clients of Personalize call are not let run", of=5)
    yield Watch("ApiErrors", ask.api_error_percent(), MAX_FAILED_PERCENT,
                "the API answers with 5xx")


def _sight(deployment: Deployment, runtime: Runtime, ask: Measures) -> Iterator[Watch]:
    if minutes := deployment.probe_minutes:
        yield Watch("FreshnessLate", ask.freshness_ms(minutes), deployment.freshness_alarm_ms,
                    "an event takes too long until lists know it", of=3, at_least=2)
        yield Watch("FreshnessMissed", ask.freshness_missed(minutes), 0,
                    "an event is not seen at all, or nobody looks", of=3, at_least=2,
                    is_beating=True)
    for verb in ask.consumers:
        limit_s = LOG_LAG_S if verb == "write_event_log" else deployment.lag_alarm_s
        yield Watch(f"Lag{BY_VERB[verb].__name__}", ask.lag_ms(verb), limit_s * 1000,
                    f"{verb} is behind the stream", of=5)
    yield Watch("ConsumersStopped", ask.stopped_consumers(), 0,
                "events come in and a consumer of the stream is not called", of=2, at_least=2)
    yield Watch("UpdatesFail", ask.failed_updates(), 0,
                "consumers of the stream fail batches, which are tried again", of=5)
    yield Watch("RecordsParked", ask.parked_records(), 0,
                "batches that no retry could apply lie in the bucket")
    yield Watch("RecordsDropped", ask.dropped_records(), 0,
                "batches that no retry could apply could not be parked either: they are lost")
    yield Watch("RecordsQuarantined", ask.quarantined(), 0,
                "records that nobody can read lie in the bucket")
    yield Watch("PagesUnread", ask.unread_pages(), 0,
                "trends pass by pages that nobody can read, or a later version alone")
    yield Watch("ConsumersThrottled", ask.throttles(ask.consumers), 0,
                "consumers of the stream are not let run", of=5)
    others = set(runtime.by_verb) - CALLED - BY_HAND - set(ask.consumers)
    yield Watch("WorkThrottled", ask.throttles(sorted(others)), 0,
                "scheduled functions are not let run", of=5)
    for table in ("Users", "Pages"):
        yield _throttled(table, ask)


def _lists(deployment: Deployment, ask: Measures) -> Iterator[Watch]:
    yield Watch("RecommendLatency", ask.latency_ms("p99"), deployment.latency_alarm_ms,
                "the slowest lists take too long", of=5)
    yield Watch("RecommendMedian", ask.latency_ms("p50"), deployment.median_alarm_ms,
                "lists take too long", of=5)
    yield Watch("RecommendErrors", ask.error_percent("recommend"), MAX_FAILED_PERCENT,
                "the function that makes lists fails")
    yield Watch("ListsFallBack", ask.fallback_percent(), deployment.fallback_alarm_percent,
                "hardly any list is made from what its user did", of=3, at_least=3)
    yield Watch("ListsEmpty", ask.empty_percent(), MAX_FAILED_PERCENT,
                "lists hold no item")
    yield Watch("StatesUnread", ask.emitted(metric.STATES_UNREAD, "recommend"), 0,
                "lists are made without what their users did, which cannot be read", of=5)
    yield Watch("LooksFail", ask.emitted(metric.LOOKS_FAILED, "recommend"), 0,
                "lists are made of a model, trends or a catalogue that cannot be renewed", of=5)
    yield Watch("TrendsPushed", ask.pushed_percent(), MAX_PUSHED_PERCENT,
                "newcomers push an item, and are held back", of=3, at_least=3)
    yield _throttled("Items", ask)


def _models(deployment: Deployment, ask: Measures) -> Iterator[Watch]:
    age_h = deployment.model_age_alarm_h
    yield Watch("ModelAge", ask.model_age_h(), age_h,
                "no newer model was promoted", is_beating=True)
    yield Watch("ModelServed", ask.served_age_h(), age_h,
                "a function still serves a model as old as that")
    yield Watch("TrainingFailed", ask.emitted(metric.TRAININGS_FAILED, "promote_model"), 0,
                "a training job failed")
    yield Watch("TrainingOverdue", ask.training_age_h(), deployment.training_age_alarm_h,
                "no training ended, well or not", is_beating=True)
    # A model that is no better than the current one is refused, which may happen on any day.
    yield Watch("ModelsRefused", ask.emitted(metric.MODELS_REFUSED, "promote_model", period=DAY),
                0, "models were refused for three days running", of=3, at_least=3)
    yield Watch("ModelRolledBack", ask.emitted(metric.ROLLED_BACK, "step_rollout"), 0,
                "a new model did harm to some, and was taken back")
    yield Watch("RolloutLate", rollout_age_h(ask), ROLLOUT_H,
                "a new model comes no further, or nobody looks", is_beating=True)
    yield Watch("WorkParked", ask.parked_work(), 0,
                "roll-ups, training starts or promotions failed for good")
    yield _throttled("Models", ask)


def rollout_age_h(ask: Measures) -> cloudwatch.IMetric:
    """Hours since a rollout came to its share, 0 while there is none."""
    return ask.emitted(metric.ROLLOUT_AGE_H, "step_rollout", "Maximum", HOUR)


def _throttled(table: str, ask: Measures) -> Watch:
    return Watch(f"Throttled{table}", ask.table_throttles(table), 0,
                 f"the table of {table.lower()} takes no more", of=5)
