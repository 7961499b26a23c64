"""The security rules the stack is checked against, and every exemption with its reason.

An exemption names one finding at one place, so that the next finding of the same kind shows.
"""

import re

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from domain import layout
from infra.deployment import Deployment

PREFIXES = (layout.EVENT_LOG, layout.QUARANTINE, layout.STAGING, layout.MODELS_PREFIX,
            layout.ERASURES, layout.RECEIPTS, layout.EXPORTS, layout.BATCHES, layout.PARKED)

# (place in the stack, rule, reason). In a rule, {place} stands for the logical id of a resource,
# {arn:service} for how its ARNs here begin, {} for the deployment's name.
_EXEMPT = (
    ("Storage/Bucket", "S1", "only roles of this stack may read; CloudTrail data events record "
                             "access where an owner wants that, without a second bucket"),
    ("Runtime/Parked", "SQS3", "it is itself where failed work ends"),
    ("", "L1", "3.13 gets security patches until 2029 and has wheels of every package"),
    *(("", f"IAM5[Resource::<{{Storage/Bucket}}.Arn>/{prefix}*]",
       "the keys below this prefix are not known beforehand") for prefix in PREFIXES),
    ("Training", "IAM5[Resource::{arn:sagemaker}:training-job/{}-*]",
     "a job is named after the moment of its start"),
    ("Training/Role", "IAM5[Resource::{arn:logs}:log-group:/aws/sagemaker/TrainingJobs"
                      ":log-stream:{}-*]", "a log stream is named after its job"),
    ("Training/Role", "IAM5[Resource::*]",
     "PutMetricData and GetAuthorizationToken know no resource; a condition limits the former"),
)
# The same, of the one API or the other.
_EXEMPT_OF = {
    "rest": (
        ("Api/Rest", "APIG1",
         "needs a role set once per account, see infra/api.py; on by access_log"),
        ("Api/Rest", "APIG2",
         "the function checks each body against the same schema, and names the field that is "
         "wrong, which API Gateway's answer cannot"),
        ("Api/Rest", "APIG4", "callers bring the API key, owners an IAM signature"),
        ("Api/Rest", "APIG6", "logs bodies, which hold what users did; handlers log each call"),
        ("Api/Rest", "COG4", "callers are servers and pages of the owner, who knows the users"),
    ),
    "http": tuple(
        (f"Api/Http/GET--{page}", "APIG4", "describes the API: the same for all, and names nobody")
        for page in ("openapi.json", "docs")),
}
# Findings that a setting takes away, of the one API or the other: (setting, place, rule, reason).
_EXEMPT_WITHOUT = {
    "rest": (
        ("web_acl", "Api/Rest", "APIG3",
         "a web ACL costs more than a small deployment; throttles and the usage plan limit"),
    ),
    "http": (
        ("access_log", "Api/Stage", "APIG1",
         "a line of 0.3 KB costs a sixth of the call; handlers log each call"),
    ),
}
# The functions that schedules call: CDK lets a schedule call every version of its own function.
_SCHEDULED = ("Features/RollUpTrends", "Catalog/RollUpCatalog", "Training/StartTraining",
              "Training/StepRollout", "Probes/MeasureModels", "Probes/ProbeFreshness")


def enforce(app: cdk.App, stack: cdk.Stack, deployment: Deployment) -> None:
    """Check cdk-nag's AwsSolutions at synth, which fails on any finding without an exemption.

    cost: 7 s.
    """
    from cdk_nag import AwsSolutionsChecks  # loading it takes a second that few synths need

    for place, rule, reason in (*_EXEMPT, *_EXEMPT_OF[deployment.api]):
        _exempt(_find(stack, place), stack, rule, reason)
    for setting, place, rule, reason in _EXEMPT_WITHOUT[deployment.api]:
        if not getattr(deployment, setting):
            _exempt(_find(stack, place), stack, rule, reason)
    for role in stack.node.find_all():
        if isinstance(role, iam.Role) and role.node.scope is stack:
            for place in _SCHEDULED:
                _exempt(role, stack, f"IAM5[Resource::<{{{place}}}.Arn>:*]",
                        "versions of the one function that the schedule calls")
        if isinstance(role, iam.Role) and deployment.tracing:
            _exempt(role, stack, "IAM5[Resource::*]", "X-Ray knows no resource")
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def _exempt(scope: IConstruct, stack: cdk.Stack, rule: str, reason: str) -> None:
    named = re.sub(r"\{([^}]*)\}", lambda match: _shown(stack, match[1]), rule)
    cdk.Validations.of(scope).acknowledge(
        cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{named}", reason=reason))


def _shown(stack: cdk.Stack, what: str) -> str:
    """As cdk-nag writes it."""
    if not what:
        return stack.stack_name
    if what.startswith("arn:"):
        parts = (stack.partition, what[4:], stack.region, stack.account)
        known = (f"<{stack.resolve(part)['Ref']}>" if cdk.Token.is_unresolved(part) else part
                 for part in parts)
        return "arn:" + ":".join(known)
    resource = _find(stack, what).node.default_child
    assert isinstance(resource, cdk.CfnElement)
    return str(stack.resolve(resource.logical_id))


def _find(stack: cdk.Stack, place: str) -> IConstruct:
    scope: IConstruct = stack
    for id_ in filter(None, place.split("/")):
        scope = scope.node.find_child(id_)
    return scope
