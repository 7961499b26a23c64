import json

from tests.infra.synthesized import Stack


def test_an_owner_finds_the_dashboard_by_the_name_of_the_deployment(stack: Stack) -> None:
    url = json.dumps(stack.document["Outputs"]["DashboardUrl"]["Value"])

    (dashboard,) = stack.of("AWS::CloudWatch::Dashboard").values()

    assert dashboard["DashboardName"] == "headwater"
    assert "#dashboards/dashboard/headwater" in url


def test_without_a_budget_nothing_is_counted(stack: Stack) -> None:
    assert not stack.of("AWS::Budgets::Budget")
