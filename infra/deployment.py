"""What a deployer may set: keys of the context in cdk.json, or `-c key=value` on the command line.

A profile is a set of settings with a name, below `profiles` in cdk.json. `-c profile=name` lays it
over the defaults here; what the context says by itself lies over both.

To give deployers one more setting, add a field with its default, and its rule to `limits.RULES`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, Self

from domain.budget import BudgetError, Budgets
from domain.defence import Defence, DefenceError
from domain.experiment import ExperimentError, Experiments
from domain.rules import Rules, RulesError
from domain.vocabulary import Vocabulary, VocabularyError
from infra.context import DeploymentError as DeploymentError
from infra.context import read, with_profile
from infra.limits import RULES, VCPU_MB
from model.config import TrainConfig

# PyTorch 2.13.0, CUDA 13.3, Python 3.12, public registry, patched until 2027-07-20.
# source: AWS Deep Learning Containers, "PyTorch changelog".
TRAINING_IMAGE = "public.ecr.aws/deep-learning-containers/pytorch:2.13-cu133-amzn2023-sagemaker"

# What HTTP APIs lack. source: AWS, "Choose between REST APIs and HTTP APIs".
REST_ONLY = ("web_acl", "quota_per_month")

SNAPSHOT_DISK_MB = 512  # source: AWS, "Improving startup performance with Lambda SnapStart".


# A function's variables hold 4 KB, its tables' names among them. source: AWS, "Lambda quotas".
TOLD_BYTES = 3_000


@dataclass(frozen=True)
class Deployment:
    """The settings of one deployment.

    name:             of the stack; two deployments in one account differ by it alone.
    account, region:  where it goes; empty = wherever the credentials of `cdk deploy` point.
    api:              `rest`, or `http`, which costs less and does less: see `infra.http_api`.
    allowed_origin:   of browsers that may call the API: `*`, or one such as https://shop.example.
    event_types:      declared types, as `Vocabulary.from_json` reads them.
    rules:            what the deployment wants of its lists, as `Rules.from_json` reads it.
    defence:          JSON object laid over the defaults of `domain.defence.Defence`.
    experiments:      as `Experiments.from_json` reads them.
    exploration:      what of which lists is given to items little is known of, as
                      `Budgets.from_json` reads it.
    shards:           of the event stream, 1 MB/s or 1,000 batches/s each; 0 = on demand.
    lanes_per_shard:  how many batches of one shard are folded into user states at once.
    throttle_rate, throttle_burst: requests/s and bucket size of the API key's usage plan.
    quota_per_month:  requests of the API key; 0 = no quota.
    ingest_ceiling, recommend_ceiling: most copies of the function at once; 0 = the account's limit.
    recommend_memory_mb, recommend_disk_mb: of the function that answers lists. The default holds a
                      million items of which little is told: `python -m bench.memory`. More need
                      more of both, see `functions.shelf.Shelf.fetch_model`.
    jwt_issuer, jwt_audience: OpenID Connect: calls about one user carry a token of this issuer
                      for this audience; both empty = the API key is enough.
    personalize:      a door for clients of Amazon Personalize: see `infra.personalize`.
    web_acl, rate_limit_5min: a firewall before the API; requests of one address in 5 minutes.
    signed_models:    a KMS key of the stack signs what may serve: see `infra.signing`.
    customer_key:     a KMS key of the stack encrypts all that rests.
    retain_data:      tables and bucket outlive the stack.
    event_log_days, log_days: how long events stay in the bucket, and lines in CloudWatch.
    training_schedule: as EventBridge Scheduler reads it.
    hyperparameters:  JSON object laid over the defaults of `TrainConfig`.
    warm_start:       a training begins with the weights of the model that serves, and not anew.
    mlflow:           ARN of an MLflow server of SageMaker, told how trainings go; empty = none.
    instance_types:   of training jobs, the best first: see `functions.tries`.
    spot, max_training_s: interruptible instances before others, and when a training job is stopped.
    model_age_alarm_h, training_age_alarm_h: hours since a promotion, and since a training ended.
    rollout, shadow_share: a promoted model comes to some users first, and before that makes lists
                      for this share of them that nobody is shown: see `domain.rollout`.
    latency_alarm_ms, median_alarm_ms: p99 and p50 of `recommend` where alarms begin.
    probe_minutes, freshness_alarm_ms: between two looks whether an event is seen, 0 = none; and how
                      long that may take.
    lag_alarm_s:      of a consumer of the stream.   fallback_alarm_percent: of lists; 100 = never.
    monthly_budget_usd: of everything that carries this deployment's tag; 0 = no budget.
    alarm_email:      who is told; empty = alarms show on the dashboard only.
    debug_sample:     share of requests whose way is written down, from the door to the last update.
    access_log:       one line per API call; see `infra.api` for what a REST API needs.
    tracing, snap_start: X-Ray; start `recommend` from a snapshot.
    provisioned_concurrency: copies of `recommend` that are started ahead of calls; 0 = none.
    architecture:     of the functions' processors.
    security_rules:   check the stack against cdk-nag's AwsSolutions rules at synth.
    """

    name: str = "headwater"
    account: str = ""
    region: str = ""
    api: str = "rest"
    allowed_origin: str = "*"
    event_types: str = "[]"
    defence: str = "{}"
    rules: str = "[]"
    experiments: str = "[]"
    exploration: str = "{}"
    shards: int = 1
    stream_retention_h: int = 48
    lanes_per_shard: int = 2
    throttle_rate: int = 500
    throttle_burst: int = 1000
    quota_per_month: int = 0
    ingest_ceiling: int = 0
    recommend_ceiling: int = 0
    recommend_memory_mb: int = VCPU_MB
    recommend_disk_mb: int = 512
    jwt_issuer: str = ""
    jwt_audience: str = ""
    personalize: bool = False
    web_acl: bool = False
    rate_limit_5min: int = 30_000
    signed_models: bool = True
    customer_key: bool = False
    retain_data: bool = True
    event_log_days: int = 400
    log_days: int = 30
    training_schedule: str = "rate(1 day)"
    training_image: str = TRAINING_IMAGE
    instance_types: str = "ml.g5.xlarge,ml.g4dn.xlarge,ml.m5.2xlarge"
    hyperparameters: str = "{}"
    warm_start: bool = False
    mlflow: str = ""
    spot: bool = True
    max_training_s: int = 14_400
    rollout: bool = True
    shadow_share: float = 0.05
    model_age_alarm_h: int = 72
    training_age_alarm_h: int = 48
    latency_alarm_ms: int = 300
    median_alarm_ms: int = 100
    lag_alarm_s: int = 60
    probe_minutes: int = 5
    freshness_alarm_ms: int = 5_000
    fallback_alarm_percent: int = 95
    monthly_budget_usd: int = 0
    alarm_email: str = ""
    debug_sample: float = 0.0
    access_log: bool = False
    tracing: bool = False
    snap_start: bool = False
    provisioned_concurrency: int = 0
    architecture: str = "arm64"
    security_rules: bool = False

    def __post_init__(self) -> None:
        for name, (holds, expected) in RULES.items():
            if not holds(getattr(self, name)):
                raise DeploymentError(f"{name}: {getattr(self, name)!r} is not {expected}")
        try:
            Rules.from_json(self.rules, Vocabulary.from_json(self.event_types))
            Defence.from_json(self.defence)
            Experiments.from_json(self.experiments)
            Budgets.from_json(self.exploration)
        except (VocabularyError, DefenceError, RulesError, ExperimentError,
                BudgetError) as error:
            raise DeploymentError(str(error)) from error
        if bool(self.jwt_issuer) != bool(self.jwt_audience):
            raise DeploymentError("jwt_audience: jwt_issuer and jwt_audience are set together")
        self._refuse_together()
        self.training_config()

    def _refuse_together(self) -> None:
        """What may not be set beside something else."""
        told = ("event_types", "defence", "rules", "experiments", "exploration")
        if sum(len(getattr(self, key).encode()) for key in told) > TOLD_BYTES:
            raise DeploymentError(f"{max(told, key=lambda key: len(getattr(self, key)))}: "
                                  f"{', '.join(told)} hold more than {TOLD_BYTES} bytes together")
        if self.api == "http":
            for key in REST_ONLY:
                if getattr(self, key):
                    raise DeploymentError(f"{key}: only an api of rest has one, this one is http")
        if self.snap_start and self.recommend_disk_mb > SNAPSHOT_DISK_MB:
            raise DeploymentError("recommend_disk_mb: a function that starts from a snapshot has "
                                  f"{SNAPSHOT_DISK_MB} MB; set snap_start=false")
        self._check_copies()

    def _check_copies(self) -> None:
        """source: AWS, "Improving startup performance with Lambda SnapStart", limitations."""
        if self.provisioned_concurrency and self.snap_start:
            raise DeploymentError("provisioned_concurrency: none beside snap_start, choose one")
        if 0 < self.recommend_ceiling < self.provisioned_concurrency:
            raise DeploymentError("provisioned_concurrency: above recommend_ceiling")

    @property
    def tokens_required(self) -> str:
        """As functions are told: "true" where calls about one user carry a token."""
        return str(bool(self.jwt_issuer)).lower()

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Self:
        """Defaults, the profile, the context, each laid over the one before.

        Keys of CDK itself hold a colon.

        raises: DeploymentError, naming the key.
        """
        kinds = {f.name: type(f.default) for f in fields(cls)}
        values: dict[str, Any] = {}
        for key, value in with_profile(context, cls.name).items():
            if key in kinds:
                values[key] = read(key, value, kinds[key])
            elif ":" not in key:
                near = get_close_matches(key, kinds, n=1)
                hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(kinds)}"
                raise DeploymentError(f"{key}: no such setting{hint}")
        return cls(**values)

    def training_config(self) -> TrainConfig:
        """The hyperparameters, complete.

        raises: DeploymentError, for a name or a value that no training run takes.
        """
        try:
            given = dict(json.loads(self.hyperparameters))
            return TrainConfig.from_hyperparameters(
                {name: json.dumps(value) for name, value in given.items()})
        except (ValueError, TypeError) as error:  # ConfigError is a ValueError
            raise DeploymentError(f"hyperparameters: {error}") from error
