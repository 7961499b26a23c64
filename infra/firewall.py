"""The web ACL before the API: what AWS knows to be hostile, and too much from one address.

Bodies: the core rule set blocks any over 8 KB, but `PUT /items` takes 100 items and `POST /events`
25 events with their context, which may be more. That rule only counts here; the API's own limit
(10 MB) and the schemas hold bodies instead. WAF looks at the first 16 KB of a body, so what lies
behind is the functions' to check, which they do. The core rule set's look for scripts in bodies
only counts as well: an item's description may hold markup, and every answer is JSON.
What it does block may surprise a server: a call without a User-Agent, a query over 2,048 bytes.
source: AWS, "Baseline rule groups", "Considerations for managing body inspection in AWS WAF".
cost: AWS WAF bills the web ACL, each rule and each request. source: AWS, "AWS WAF Pricing".
"""

from collections.abc import Sequence

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

WINDOW_S = 300  # source: AWS, "Rate-based rule high-level settings", evaluation window
_COUNTED = ("SizeRestrictions_BODY", "CrossSiteScripting_BODY")


class Firewall(Construct):
    """One web ACL of the deployment, bound to the stage of its API."""

    def __init__(
        self, scope: Construct, id_: str, *, name: str, stage: apigateway.Stage,
        rate_limit_5min: int,
    ) -> None:
        super().__init__(scope, id_)
        self.acl = wafv2.CfnWebACL(
            self, "Acl", scope="REGIONAL", description=f"{name}: before the API",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_measured(f"{name}-all"),
            rules=[
                _rate_rule(name, rate_limit_5min),
                _managed_rule(name, 1, "AWSManagedRulesKnownBadInputsRuleSet"),
                _managed_rule(name, 2, "AWSManagedRulesCommonRuleSet", _COUNTED),
            ])
        wafv2.CfnWebACLAssociation(
            self, "Association", resource_arn=stage.stage_arn, web_acl_arn=self.acl.attr_arn)


def _rate_rule(name: str, limit: int) -> wafv2.CfnWebACL.RuleProperty:
    counted = wafv2.CfnWebACL.RateBasedStatementProperty(
        limit=limit, evaluation_window_sec=WINDOW_S, aggregate_key_type="IP")
    return wafv2.CfnWebACL.RuleProperty(
        name="PerAddress", priority=0, visibility_config=_measured(f"{name}-per-address"),
        action=wafv2.CfnWebACL.RuleActionProperty(block={}),
        statement=wafv2.CfnWebACL.StatementProperty(rate_based_statement=counted))


def _managed_rule(
    name: str, priority: int, group: str, counted: Sequence[str] = ()
) -> wafv2.CfnWebACL.RuleProperty:
    """A rule group of AWS as AWS keeps it, but for the rules that shall only count."""
    count = wafv2.CfnWebACL.RuleActionProperty(count={})
    return wafv2.CfnWebACL.RuleProperty(
        name=group, priority=priority, visibility_config=_measured(f"{name}-{group}"),
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=group,
                rule_action_overrides=[
                    wafv2.CfnWebACL.RuleActionOverrideProperty(name=rule, action_to_use=count)
                    for rule in counted] or None)))


def _measured(metric: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    # Samples hold headers and paths: keys, tokens and who did what.
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        metric_name=metric, cloud_watch_metrics_enabled=True, sampled_requests_enabled=False)
