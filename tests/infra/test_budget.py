from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra.app import build
from infra.budget import TAG
from tests.infra.synthesized import NO_PACKAGES, Stack


def test_a_budget_counts_what_carries_the_tag_of_its_deployment(synthesize: Any) -> None:
    stack: Stack = synthesize(name="shop", monthly_budget_usd=50)

    (found,) = stack.of("AWS::Budgets::Budget").values()

    assert found["Budget"]["BudgetLimit"] == {"Amount": 50, "Unit": "USD"}
    assert found["Budget"]["CostFilters"] == {"TagKeyValue": ["user:headwater$shop"]}


def test_all_of_a_deployment_carries_its_tag(tmp_path: Path) -> None:
    app = build({**NO_PACKAGES, "name": "shop"}, str(tmp_path))

    (stack,) = (child for child in app.node.children if isinstance(child, cdk.Stack))

    assert stack.tags.tag_values() == {TAG: "shop"}


def test_spending_is_told_before_and_when_it_is_too_much(synthesize: Any) -> None:
    stack: Stack = synthesize(monthly_budget_usd=50)
    (topic,) = stack.of("AWS::SNS::Topic")

    (found,) = stack.of("AWS::Budgets::Budget").values()

    told = found["NotificationsWithSubscribers"]
    assert [(n["Notification"]["NotificationType"], n["Notification"]["Threshold"])
            for n in told] == [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    assert all(n["Subscribers"] == [{"SubscriptionType": "SNS", "Address": {"Ref": topic}}]
               for n in told)

