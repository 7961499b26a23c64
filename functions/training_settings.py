"""What the functions around training must be told; all others are in `functions.settings`."""

from functions.environment import Settings


class StartTraining(Settings):
    """One training job, as SageMaker is asked for it.

    deployment:      opens the job's name, so that each deployment hears only of its own jobs.
    code_uri:        S3 address of the training bundle, a zip.
    instance_types, spot: as `Tries.of` reads them.
    hyperparameters: JSON object of strings, as `TrainConfig.to_hyperparameters` writes it.
    warm_start:      "true" where a training begins with the weights of the model that serves.
    mlflow:          ARN of the MLflow that jobs tell how they go, empty for none.
    alarm_topic:     ARN of the topic where the owner is told.
    """

    deployment: str
    bucket_name: str
    models_table: str
    training_role_arn: str
    training_image: str
    instance_types: str
    code_uri: str
    max_runtime_s: str
    spot: str
    hyperparameters: str
    event_types: str
    warm_start: str
    mlflow: str
    alarm_topic: str


class PromoteModel(Settings):
    """Where candidates are fetched, where the shelf is, and which key signs its models.

    rollout: "true" where a promoted model comes to some users first, and in the shadow of
    shadow_share of them before; recommend_memory_mb: if a function of so much has room for two.
    instance_types, spot: as `Tries.of` reads them: what is tried after a job that had no machine.
    alarm_topic: as of `StartTraining`.
    """

    bucket_name: str
    models_table: str
    signing_key: str
    rollout: str
    shadow_share: str
    recommend_memory_mb: str
    instance_types: str
    spot: str
    alarm_topic: str


class MeasureModels(Settings):
    """Where the shelf of models is listed."""

    models_table: str


class StepRollout(Settings):
    """Where the shelf of models is, and what was seen of a rollout."""

    models_table: str
