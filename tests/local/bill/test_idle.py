"""What is billed while nobody calls is counted in the template."""

from typing import Any

import pytest

from domain.metric import RARE
from local.bill.idle import idle, ready_gb_s
from local.bill.prices import usd
from local.bill.terms import resources_of
from tests.alarm_math import looked_at
from tests.infra.synthesized import Stack


@pytest.fixture(scope="module")
def stack() -> Stack:
    return Stack({"Resources": resources_of("")})


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def stream(hours: int, shards: int = 0) -> dict[str, Any]:
    mode = "PROVISIONED" if shards else "ON_DEMAND"
    return {"Stream": resource(
        "Kinesis::Stream", RetentionPeriodHours=hours, StreamModeDetails={"StreamMode": mode},
        **({"ShardCount": shards} if shards else {}))}


def scheduled(expression: str, verb: str = "roll_up_trends") -> dict[str, Any]:
    return {
        "Act": resource("Lambda::Function", Handler=f"functions.{verb}.handler", MemorySize=1024,
                        Environment={"Variables": {"HEADWATER_INSTANCE_TYPE": "ml.g5.xlarge"}}),
        "Clock": resource("Scheduler::Schedule", ScheduleExpression=expression,
                          Target={"Arn": {"Fn::GetAtt": ["Act", "Arn"]}})}


def test_an_empty_template_costs_nothing() -> None:
    assert sum(idle({}).values()) == 0


@pytest.mark.parametrize(("made", "usd"), [
    (stream(24, shards=1), 10.95), (stream(48, shards=1), 25.55), (stream(48, shards=3), 76.65),
    (stream(24), 29.20), (stream(168), 29.20)])
def test_a_stream_is_billed_by_shards_and_what_it_keeps_or_by_the_hour(
    made: dict[str, Any], usd: float
) -> None:
    assert idle(made)["stream"] == pytest.approx(usd)


def test_a_web_acl_is_billed_with_each_of_its_rules() -> None:
    assert idle({"Acl": resource("WAFv2::WebACL", Rules=[{}, {}, {}])})["web ACL"] == 8.0


def test_keys_and_secrets_are_billed_by_the_piece() -> None:
    found = idle({"A": resource("KMS::Key"), "B": resource("SecretsManager::Secret")})

    assert (found["keys"], found["secrets"]) == (1.0, 0.4)


@pytest.mark.parametrize(("expression", "runs"), [
    ("rate(1 day)", 730 / 24), ("rate(7 days)", 730 / 168), ("rate(12 hours)", 730 / 12)])
def test_a_training_is_billed_as_often_as_it_is_run(expression: str, runs: float) -> None:
    found = idle(scheduled(expression, "start_training"))

    assert found["training"] == pytest.approx(runs * 0.25 * 1.408)


def test_a_schedule_calls_a_function_that_runs_and_writes() -> None:
    found = idle(scheduled("rate(1 minute)"))

    assert found["training"] == 0
    assert found["schedules"] == pytest.approx(
        43_800 * (1e-6 + 0.2e-6 + 0.0000133334 + 5e-6 + 800e-9 * 0.5))


def test_a_schedule_that_is_no_rate_has_no_price() -> None:
    with pytest.raises(ValueError, match=r"cron\(0 3"):
        idle(scheduled("cron(0 3 * * ? *)"))


def test_a_snapshot_is_billed_by_the_memory_of_its_function() -> None:
    made = {"Act": resource("Lambda::Function", MemorySize=1024, SnapStart={"ApplyOn": "x"}),
            "Plain": resource("Lambda::Function", MemorySize=1024),
            "V1": resource("Lambda::Version", FunctionName={"Ref": "Act"}),
            "V2": resource("Lambda::Version", FunctionName={"Ref": "Plain"})}

    assert idle(made)["snapshot"] == pytest.approx(730 * 3600 * 0.0000015046)


def test_copies_kept_ready_are_billed_by_the_memory_of_their_function() -> None:
    made = {"Act": resource("Lambda::Function", Handler="functions.recommend.handler",
                            MemorySize=1024),
            "Ready": resource("Lambda::Alias", FunctionName={"Ref": "Act"},
                              ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": 3}),
            "Plain": resource("Lambda::Alias", FunctionName={"Ref": "Act"})}

    assert ready_gb_s(made) == {"recommend": 3 * 730 * 3600}
    assert idle(made)["copies kept ready"] == pytest.approx(3 * 730 * 3600 * 0.0000033334)


def test_every_alarm_is_billed_for_each_metric_that_it_looks_at(stack: Stack) -> None:
    metrics = [metric for alarm in stack.of("AWS::CloudWatch::Alarm").values()
               for metric in looked_at(alarm)]
    promises = len(stack.of("AWS::CloudWatch::CompositeAlarm"))

    assert idle(stack.resources)["alarms"] == pytest.approx(0.1 * len(metrics) + 0.5 * promises)


def test_a_metric_of_ours_that_an_alarm_looks_at_is_billed_unless_it_is_rare(stack: Stack) -> None:
    own = {(metric["MetricName"], str(metric["Dimensions"]))
           for alarm in stack.of("AWS::CloudWatch::Alarm").values()
           for metric in looked_at(alarm) if metric["Namespace"].startswith("Headwater/")
           and metric["MetricName"] not in RARE}

    assert idle(stack.resources)["metrics"] >= usd("custom_metric", len(own)) > 0
