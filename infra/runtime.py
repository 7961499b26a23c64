"""The one place that builds a Lambda function, so that all of them are run and watched alike.

A function's verb comes from its settings: `settings.IngestEvents` makes the construct
`IngestEvents`, which runs `functions.ingest_events.handler` and reports as `ingest_events`.
"""

from collections.abc import Sequence

import aws_cdk as cdk
import jsii
from aws_cdk import aws_events_targets as events_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.settings import BY_VERB, Settings
from infra import bundling
from infra.deployment import Deployment
from infra.log import make_log_group

RUNTIME = lambda_.Runtime.PYTHON_3_13
_VERBS = {kind.__name__: verb for verb, kind in BY_VERB.items()}
PARKED_DAYS = 14  # the most a queue keeps. source: AWS, "SetQueueAttributes" (SQS API)


class Runtime(Construct):
    """Code and layers that all functions share, and the queue where failed background work lies.

    by_verb: every function built so far.
    """

    def __init__(self, scope: Construct, id_: str, *, deployment: Deployment) -> None:
        super().__init__(scope, id_)
        self.by_verb: dict[str, lambda_.Function] = {}
        self._deployment = deployment
        self._architecture = lambda_.Architecture.custom(deployment.architecture)
        with bundling.functions_bundle() as folder:
            self._code = lambda_.Code.from_asset(str(folder))
            self._code.bind(self)
        if not bundling.find_compiler():
            cdk.Annotations.of(self).add_info(
                f"there is no python{bundling.PYTHON} here to compile bytecode with: a cold start "
                "will import three times as long")
        self._observability = self.layer("Observability", "functions", bundling.IN_RUNTIME)
        self._scoring = self.layer("Scoring", "scoring")
        self.parked = sqs.Queue(
            self, "Parked", enforce_ssl=True, encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=cdk.Duration.days(PARKED_DAYS))

    def function(
        self, scope: Construct, settings: Settings, *, memory_mb: int, timeout_s: int,
        scoring: bool = False, ceiling: int = 0, scratch_mb: int = 512, snap_start: bool = False,
        layers: Sequence[lambda_.ILayerVersion] = (), reports: bool = False,
    ) -> lambda_.Function:
        """A function that somebody waits for: a caller of the API, or a stream.

        scoring: may import numpy and onnxruntime.   ceiling: copies at once, 0 = no limit.
        layers: packages that this function alone needs.
        reports: Lambda writes when each call began and what it took, half a kilobyte; else only of
        calls that fail. source: AWS, "Log-level filtering" (Lambda Developer Guide).
        """
        id_ = type(settings).__name__
        verb = _VERBS[id_]
        role, log_group = self._identity(scope, id_)
        made = lambda_.Function(
            scope, id_,
            description=f"{self._deployment.name}: {verb.replace('_', ' ')}",
            runtime=RUNTIME, architecture=self._architecture, code=self._code,
            handler=f"functions.{verb}.handler",
            layers=[self._observability, *([self._scoring] if scoring else []), *layers],
            environment={**settings.to_env(), **self._observed_as(verb)},
            memory_size=memory_mb, timeout=cdk.Duration.seconds(timeout_s),
            ephemeral_storage_size=cdk.Size.mebibytes(scratch_mb),
            reserved_concurrent_executions=ceiling or None,
            role=role, log_group=log_group, logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=(lambda_.SystemLogLevel.INFO if reports
                                 else lambda_.SystemLogLevel.WARN),
            tracing=(lambda_.Tracing.ACTIVE if self._deployment.tracing
                     else lambda_.Tracing.DISABLED),
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
        )
        self.by_verb[verb] = made
        return made

    def background(
        self, scope: Construct, settings: Settings, *, memory_mb: int, timeout_s: int,
        retries: int, scoring: bool = False, scratch_mb: int = 512,
    ) -> lambda_.Function:
        """A function that nobody waits for; what fails after its retries is parked.

        retries: 0 = the next call does this one's work too, so that a late call is worth nothing.
        """
        made = self.function(scope, settings, memory_mb=memory_mb, timeout_s=timeout_s,
                             scoring=scoring, scratch_mb=scratch_mb)
        made.configure_async_invoke(
            retry_attempts=retries, on_failure=ParkedInQueue(self.parked),
            max_event_age=cdk.Duration.hours(6) if retries else cdk.Duration.minutes(1))
        return made

    def schedule(self, function: lambda_.Function, expression: str) -> None:
        """Call a background function by the clock; a call that cannot be made is parked."""
        scheduler.Schedule(
            function, "Schedule", schedule=scheduler.ScheduleExpression.expression(expression),
            target=scheduler_targets.LambdaInvoke(
                function, dead_letter_queue=self.parked, retry_attempts=3,
                max_event_age=cdk.Duration.minutes(5),
                role=self._clock_role(function).without_policy_updates()))

    def on_event(self, function: lambda_.Function) -> events_targets.LambdaFunction:
        """A background function as the target of a rule; what cannot be handed over is parked."""
        return events_targets.LambdaFunction(function, dead_letter_queue=self.parked)

    def _identity(self, scope: Construct, id_: str) -> tuple[iam.Role, logs.LogGroup]:
        """A role that may write to its own log group; CDK's default role may write to any."""
        log_group = make_log_group(scope, id_ + "Log", self._deployment.log_days)
        role = iam.Role(
            scope, id_ + "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        return role, log_group

    def _clock_role(self, function: lambda_.Function) -> iam.Role:
        """What Scheduler may do for one schedule; by itself CDK adds every version of the function.

        source: AWS, "Cross-service confused deputy prevention in EventBridge Scheduler".
        """
        stack = cdk.Stack.of(function)
        group_arn = stack.format_arn(
            service="scheduler", resource="schedule-group", resource_name="default")
        role = iam.Role(function, "ScheduleRole", assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com", conditions={"StringEquals": {
                "aws:SourceAccount": stack.account, "aws:SourceArn": group_arn}}))
        role.add_to_policy(iam.PolicyStatement(
            actions=["lambda:InvokeFunction"], resources=[function.function_arn]))
        role.add_to_policy(iam.PolicyStatement(
            actions=["sqs:SendMessage"], resources=[self.parked.queue_arn]))
        return role

    def _observed_as(self, verb: str) -> dict[str, str]:
        return {"POWERTOOLS_SERVICE_NAME": verb,
                "POWERTOOLS_METRICS_NAMESPACE": metrics_namespace(self._deployment.name)}

    def layer(
        self, id_: str, extra: str, without: tuple[str, ...] = ()
    ) -> lambda_.LayerVersion:
        """The packages of an extra of pyproject.toml."""
        return lambda_.LayerVersion(
            self, id_,
            code=bundling.layer_code(extra, self._deployment.architecture, without),
            compatible_runtimes=[RUNTIME], compatible_architectures=[self._architecture],
            description=f"{self._deployment.name}: packages of extra `{extra}`")


@jsii.implements(lambda_.IDestination)
class ParkedInQueue:
    """Background calls that failed go to a queue; CDK's SqsDestination lets the function read it.

    source: AWS, "Capturing records of Lambda asynchronous invocations", permissions.
    """

    def __init__(self, queue: sqs.Queue) -> None:
        self._queue = queue

    def bind(
        self, _scope: Construct, fn: lambda_.IFunction, *,
        type: lambda_.DestinationType,  # noqa: A002, ARG002 (CDK names the arguments)
    ) -> lambda_.DestinationConfig:
        """Called by CDK."""
        self._queue.grant(fn, "sqs:SendMessage")
        return lambda_.DestinationConfig(destination=self._queue.queue_arn)


def verb_of(function: lambda_.IFunction) -> str:
    """What a function does, as its module, its log and its metrics call it."""
    return _VERBS[function.node.id]


def metrics_namespace(name: str) -> str:
    """Where one deployment's own metrics are found."""
    return f"Headwater/{name}"
