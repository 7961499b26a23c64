"""What a deployment may cost a month, and who is told when it costs more.

The budget counts what carries the stack's tag `headwater` with the deployment's name. It counts
nothing until that tag is active as a cost allocation tag, which only the owner of the bill can do
once, in the Billing console: see docs/runbook.md. source: AWS, "Using user-defined cost allocation
tags", "AWS::Budgets::Budget".
"""

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_sns as sns
from constructs import Construct

TAG = "headwater"
# Percent of the budget: what was spent, and what will have been by the end of the month.
NOTICES = {"ACTUAL": (80, 100), "FORECASTED": (100,)}


def make_budget(
    scope: Construct, name: str, monthly_usd: int, topic: sns.ITopic
) -> budgets.CfnBudget:
    """The budget of one deployment. cost: none, budgets that only tell are free."""
    data = budgets.CfnBudget.BudgetDataProperty(
        budget_type="COST", time_unit="MONTHLY",
        budget_limit=budgets.CfnBudget.SpendProperty(amount=monthly_usd, unit="USD"),
        cost_filters={"TagKeyValue": [f"user:{TAG}${name}"]})
    listener = budgets.CfnBudget.SubscriberProperty(
        subscription_type="SNS", address=topic.topic_arn)
    return budgets.CfnBudget(
        scope, "Budget", budget=data, notifications_with_subscribers=[
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                subscribers=[listener],
                notification=budgets.CfnBudget.NotificationProperty(
                    notification_type=kind, threshold=percent, threshold_type="PERCENTAGE",
                    comparison_operator="GREATER_THAN"))
            for kind, percents in NOTICES.items() for percent in percents])
