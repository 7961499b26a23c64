"""What the profiles of cdk.json are for, held against what they make."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.app import build
from tests.infra.synthesized import NO_PACKAGES, Stack

PROFILES = ("dev", "prod", "cheap")
KEPT = ("AWS::DynamoDB::Table", "AWS::S3::Bucket")


@pytest.fixture(scope="module")
def dev(synthesize: Callable[..., Stack]) -> Stack:
    return synthesize(profile="dev")


@pytest.fixture(scope="module")
def prod(synthesize: Callable[..., Stack]) -> Stack:
    return synthesize(profile="prod", alarm_email="owner@shop.example")


def stream_of(stack: Stack) -> dict[str, Any]:
    (stream,) = stack.of("AWS::Kinesis::Stream").values()
    return dict(stream)


def policies(stack: Stack) -> Iterator[tuple[str, str]]:
    """(type, what becomes of it) of every resource that says so."""
    for found in stack.resources.values():
        if "DeletionPolicy" in found:
            yield found["Type"], found["DeletionPolicy"]


def test_nothing_of_dev_outlives_it(dev: Stack) -> None:
    assert {kind for kind, policy in policies(dev) if policy != "Delete"} == set()
    assert not any(t["DeletionProtectionEnabled"] for t in dev.of("AWS::DynamoDB::Table").values())
    assert dev.of("Custom::S3AutoDeleteObjects")


def test_dev_has_one_shard_that_keeps_a_day_and_no_web_acl(dev: Stack) -> None:
    assert (stream_of(dev)["ShardCount"], stream_of(dev)["RetentionPeriodHours"]) == (1, 24)
    assert not dev.of("AWS::WAFv2::WebACL")


def test_dev_forgets_its_lines_within_days(dev: Stack) -> None:
    assert {group["RetentionInDays"] for group in dev.of("AWS::Logs::LogGroup").values()} == {3}


def test_dev_calls_no_model_old_before_the_next_training(dev: Stack) -> None:
    alarms = {id_: alarm["Threshold"] for id_, alarm in dev.of("AWS::CloudWatch::Alarm").items()}
    week_h = 7 * 24

    (schedule,) = [s for s in dev.of("AWS::Scheduler::Schedule").values()
                   if s["ScheduleExpression"] == "rate(7 days)"]
    assert "StartTraining" in str(schedule["Target"]["Arn"])
    for name in ("TrainingOverdue", "ModelAge", "ModelServed"):
        (limit_h,) = [limit for id_, limit in alarms.items() if name in id_]
        assert limit_h > week_h


def test_prod_takes_as_much_as_comes_and_keeps_it_for_a_week(prod: Stack) -> None:
    stream = stream_of(prod)

    assert stream["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert "ShardCount" not in stream
    assert stream["RetentionPeriodHours"] == 7 * 24


def test_prod_keeps_its_data_and_can_bring_it_back(prod: Stack) -> None:
    assert {policy for kind, policy in policies(prod) if kind in KEPT} == {"Retain"}
    for table in prod.of("AWS::DynamoDB::Table").values():
        assert table["DeletionProtectionEnabled"]
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    (bucket,) = prod.of("AWS::S3::Bucket").values()
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_prod_stands_behind_a_web_acl_and_starts_from_a_snapshot(prod: Stack) -> None:
    assert len(prod.of("AWS::WAFv2::WebACLAssociation")) == 1
    assert prod.functions()["recommend"]["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_prod_tells_its_owner_of_every_promise(prod: Stack) -> None:
    (address,) = prod.of("AWS::SNS::Subscription").values()

    assert address["Endpoint"] == "owner@shop.example"
    for whole in prod.of("AWS::CloudWatch::CompositeAlarm").values():
        assert whole["AlarmActions"] == [address["TopicArn"]]


def test_shards_of_prod_may_be_counted_instead(synthesize: Callable[..., Stack]) -> None:
    assert stream_of(synthesize(profile="prod", shards=4))["ShardCount"] == 4


def test_cheap_is_an_http_api_whose_data_is_kept(cheap: Stack) -> None:
    assert cheap.of("AWS::ApiGatewayV2::Api")
    assert not cheap.of("AWS::ApiGateway::RestApi")
    assert {policy for kind, policy in policies(cheap) if kind in KEPT} == {"Retain"}


def test_profiles_that_are_tried_side_by_side_are_different_stacks(tmp_path: Path) -> None:
    names = [build({**NO_PACKAGES, "profile": profile}, str(tmp_path / profile)).synth()
             .stacks[0].stack_name for profile in ("dev", "cheap")]

    assert names == ["headwater-dev", "headwater-cheap"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_passes_the_security_rules(profile: str, tmp_path: Path) -> None:
    build({**NO_PACKAGES, "profile": profile, "security_rules": True}, str(tmp_path)).synth()
