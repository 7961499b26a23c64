"""Promises -> alarms, and the topic that speaks of them.

Only the alarm of a promise notifies; the alarms it is made of show on the dashboard and in its
reason. One fault breaks many numbers at once (a stream that takes no more means throttles, lag and
5xx), and is one message so. There is one such alarm per promise and not one over all, since an
alarm that is on says nothing new: a training that failed at night must not hide that lists fail in
the morning. source: AWS, "Composite alarms" (CloudWatch User Guide).
"""

from collections.abc import Iterable

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.promises import Promise, Watch

RUNBOOK = "docs/runbook.md"
# Who publishes to the topic, and the ARNs of what it publishes for.
_PUBLISHERS = {"cloudwatch": "arn:{partition}:cloudwatch:{region}:{account}:alarm:*",
               "budgets": "arn:{partition}:budgets::{account}:*"}


def make_topic(scope: Construct, email: str) -> sns.Topic:
    """The topic, and who may publish: a policy of ours takes the place of SNS's own.

    source: AWS re:Post, "Why didn't I receive an SNS notification for my CloudWatch alarm
    trigger?"; AWS, "Creating an Amazon SNS topic for budget notifications".
    """
    topic = sns.Topic(scope, "Alarms", enforce_ssl=True)
    stack = cdk.Stack.of(scope)
    for service, pattern in _PUBLISHERS.items():
        source = pattern.format(partition=stack.partition, region=stack.region,
                                account=stack.account)
        topic.add_to_resource_policy(iam.PolicyStatement(
            sid=f"{service.title()}Publishes", actions=["sns:Publish"],
            resources=[topic.topic_arn],
            principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account},
                        "ArnLike": {"aws:SourceArn": source}}))
    if email:
        topic.add_subscription(subscriptions.EmailSubscription(email))
    return topic


def watch(
    scope: Construct, name: str, kept: Iterable[Promise], topic: sns.ITopic
) -> list[cloudwatch.AlarmBase]:
    """Alarms of every promise, the one that notifies first. name: of the deployment."""
    action = actions.SnsAction(topic)
    made: list[cloudwatch.AlarmBase] = []
    for promise in kept:
        parts = [_alarm(scope, part) for part in promise.watches]
        whole = cloudwatch.CompositeAlarm(
            scope, promise.name, composite_alarm_name=f"{name}-{promise.name}",
            alarm_description=_described(promise.name, promise.meaning),
            alarm_rule=cloudwatch.AlarmRule.any_of(*parts))
        whole.add_alarm_action(action)
        whole.add_ok_action(action)
        made += [whole, *parts]
    return made


def _alarm(scope: Construct, part: Watch) -> cloudwatch.Alarm:
    missing = cloudwatch.TreatMissingData
    return cloudwatch.Alarm(
        scope, part.name, metric=part.measure, threshold=part.limit,
        alarm_description=_described(part.name, part.meaning),
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=part.of, datapoints_to_alarm=part.at_least or (part.of + 1) // 2,
        treat_missing_data=missing.BREACHING if part.is_beating else missing.NOT_BREACHING)


def _described(name: str, meaning: str) -> str:
    return f"{meaning}. See {RUNBOOK}#{name.lower()}"
