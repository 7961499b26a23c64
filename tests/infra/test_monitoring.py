import json
from typing import Any

from tests.infra.synthesized import Stack


def test_every_alarm_tells_somebody_what_it_means(stack: Stack) -> None:
    (topic,) = stack.of("AWS::SNS::Topic")

    for alarm in stack.of("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert alarm["AlarmDescription"]


def test_an_owner_is_told_of_what_an_owner_asks(stack: Stack) -> None:
    about = {id_.removeprefix("Monitoring")[:-8] for id_ in stack.of("AWS::CloudWatch::Alarm")}

    assert about == {
        "EventsRejected", "LagUpdateUserFeatures", "LagUpdateItemFeatures", "LagWriteEventLog",
        "RecordsParked", "RecordsDropped", "RecordsQuarantined", "WorkParked", "CallsThrottled",
        "WorkThrottled", "RecommendLatency", "RecommendErrors", "ApiErrors", "ModelAge",
        "TrainingFailed"}


def test_the_dashboard_asks_in_words(stack: Stack) -> None:
    (dashboard,) = stack.of("AWS::CloudWatch::Dashboard").values()

    body = json.dumps(dashboard["DashboardBody"])

    for question in ("Do events come in?", "Are they seen in time?",
                     "Does anything fail for good?", "How fast are lists?",
                     "How old is the model?"):
        assert question in body


def test_an_address_is_told_by_mail(synthesize: Any) -> None:
    stack = synthesize(alarm_email="owner@shop.example")

    (subscription,) = stack.of("AWS::SNS::Subscription").values()

    assert subscription["Endpoint"] == "owner@shop.example"
