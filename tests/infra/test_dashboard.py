import json

from tests.infra.synthesized import Stack


def body_of(stack: Stack) -> str:
    (dashboard,) = stack.of("AWS::CloudWatch::Dashboard").values()
    return json.dumps(dashboard["DashboardBody"])


def test_the_dashboard_asks_in_words(stack: Stack) -> None:
    body = body_of(stack)

    for question in ("Do events come in?", "Are they seen in time?",
                     "Does anything fail for good?", "How fast are lists?",
                     "How old is the model?"):
        assert question in body


def test_the_dashboard_shows_every_alarm(stack: Stack) -> None:
    body = body_of(stack)

    for id_ in (*stack.of("AWS::CloudWatch::Alarm"), *stack.of("AWS::CloudWatch::CompositeAlarm")):
        assert f'"{id_}", "Arn"' in body


def test_the_dashboard_draws_every_metric_that_an_alarm_looks_at(stack: Stack) -> None:
    body = body_of(stack)

    watched = {metric["MetricName"] for alarm in stack.of("AWS::CloudWatch::Alarm").values()
               for metric in (alarm, *(m["MetricStat"]["Metric"] for m in alarm.get("Metrics", [])
                                       if "MetricStat" in m)) if "MetricName" in metric}

    assert {name for name in watched if name not in body} == set()
