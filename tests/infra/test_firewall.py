from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.app import build
from tests.infra.synthesized import NO_PACKAGES, Stack


@pytest.fixture(scope="module")
def walled(synthesize: Callable[..., Stack]) -> Stack:
    return synthesize(web_acl=True, rate_limit_5min=1234, name="shop")


def rules(stack: Stack) -> dict[str, Any]:
    (acl,) = stack.of("AWS::WAFv2::WebACL").values()
    return {rule["Name"]: rule for rule in acl["Rules"]}


def managed(stack: Stack, group: str) -> dict[str, Any]:
    return dict(rules(stack)[group]["Statement"]["ManagedRuleGroupStatement"])


def test_a_small_deployment_pays_for_no_web_acl(stack: Stack) -> None:
    assert not stack.of("AWS::WAFv2::WebACL")


def test_the_web_acl_stands_before_the_stage_of_the_api(walled: Stack) -> None:
    (bound,) = walled.of("AWS::WAFv2::WebACLAssociation").values()
    (acl,) = walled.of("AWS::WAFv2::WebACL")
    (stage,) = walled.of("AWS::ApiGateway::Stage")

    assert bound["WebACLArn"] == {"Fn::GetAtt": [acl, "Arn"]}
    assert {"Ref": stage} in bound["ResourceArn"]["Fn::Join"][1]


def test_one_address_is_held_to_its_rate(walled: Stack) -> None:
    rule = rules(walled)["PerAddress"]

    assert rule["Action"] == {"Block": {}}
    assert rule["Statement"]["RateBasedStatement"] == {
        "Limit": 1234, "EvaluationWindowSec": 300, "AggregateKeyType": "IP"}


@pytest.mark.parametrize("group", ["AWSManagedRulesCommonRuleSet",
                                   "AWSManagedRulesKnownBadInputsRuleSet"])
def test_the_rules_of_aws_block(walled: Stack, group: str) -> None:
    assert rules(walled)[group]["OverrideAction"] == {"None": {}}
    assert managed(walled, group)["VendorName"] == "AWS"


def test_a_catalogue_of_a_megabyte_is_counted_and_not_blocked(walled: Stack) -> None:
    overridden = {rule["Name"]: rule["ActionToUse"] for rule in
                  managed(walled, "AWSManagedRulesCommonRuleSet")["RuleActionOverrides"]}

    assert overridden == {"SizeRestrictions_BODY": {"Count": {}},
                          "CrossSiteScripting_BODY": {"Count": {}}}


def test_every_rule_is_measured_and_nothing_of_a_caller_is_sampled(walled: Stack) -> None:
    (acl,) = walled.of("AWS::WAFv2::WebACL").values()
    views = [acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in acl["Rules"])]

    assert all(view["CloudWatchMetricsEnabled"] for view in views)
    assert not any(view["SampledRequestsEnabled"] for view in views)
    assert len({view["MetricName"] for view in views}) == 4
    assert all(view["MetricName"].startswith("shop-") for view in views)


def test_with_a_web_acl_nothing_is_exempt_from_having_one(tmp_path: Path) -> None:
    app = build({**NO_PACKAGES, "security_rules": True, "web_acl": True}, str(tmp_path))

    app.synth()  # raises at a finding, and APIG3 is one where no web ACL stands
