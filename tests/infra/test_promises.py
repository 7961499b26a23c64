from typing import Any

from tests.infra.synthesized import Stack


def alarms(stack: Stack) -> dict[str, dict[str, Any]]:
    """Name -> properties; CDK opens a logical id with its construct and ends it with 8 digits."""
    return {id_.removeprefix("Monitoring")[:-8]: alarm
            for id_, alarm in stack.of("AWS::CloudWatch::Alarm").items()}


def test_an_owner_is_told_of_what_an_owner_asks(stack: Stack) -> None:
    assert set(alarms(stack)) == {
        "EventsRejected", "StreamThrottled", "CallsThrottled", "ApiErrors",
        "FreshnessLate", "FreshnessMissed", "LagUpdateUserFeatures", "LagUpdateItemFeatures",
        "LagWriteEventLog", "UpdatesFail", "ConsumersStopped",
        "RecordsParked", "RecordsDropped", "RecordsQuarantined", "PagesUnread", "WorkThrottled",
        "ConsumersThrottled",
        "ThrottledUsers", "ThrottledPages", "ThrottledItems", "ThrottledModels",
        "RecommendLatency", "RecommendMedian", "RecommendErrors", "ListsFallBack", "ListsEmpty",
        "TrendsPushed", "StatesUnread", "LooksFail",
        "ModelAge", "ModelServed", "TrainingFailed", "TrainingOverdue", "ModelsRefused",
        "WorkParked", "ErasuresWait", "ModelRolledBack", "RolloutLate"}


def test_what_never_stops_alarms_when_it_is_silent(stack: Stack) -> None:
    beating = {name for name, alarm in alarms(stack).items()
               if alarm["TreatMissingData"] == "breaching"}

    assert beating == {"ModelAge", "TrainingOverdue", "FreshnessMissed", "ErasuresWait",
                       "RolloutLate"}


def test_a_deployer_says_where_alarms_begin(synthesize: Any) -> None:
    settings = {"model_age_alarm_h": 10, "training_age_alarm_h": 11, "latency_alarm_ms": 12,
                "median_alarm_ms": 13, "lag_alarm_s": 14, "fallback_alarm_percent": 15,
                "freshness_alarm_ms": 160}

    found = alarms(synthesize(**settings))

    limits = {name: alarm["Threshold"] for name, alarm in found.items()}
    assert (limits["ModelAge"], limits["ModelServed"], limits["TrainingOverdue"]) == (10, 10, 11)
    assert (limits["RecommendLatency"], limits["RecommendMedian"]) == (12, 13)
    assert (limits["LagUpdateUserFeatures"], limits["ListsFallBack"]) == (14_000, 15)
    assert limits["FreshnessLate"] == 160
