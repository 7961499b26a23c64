"""What each function must be told, stated once: infra writes it, the handler reads it.

One class per verb. `to_env()` builds the environment of the Lambda (the values may be
CDK tokens), `from_env()` reads it back. A field's name is its variable's name, and means the same
in every function, so that a local run can hold all of them in one process.
"""

from collections.abc import Iterator
from itertools import chain

from functions.environment import Settings as Settings
from functions.training_settings import MeasureModels as MeasureModels
from functions.training_settings import PromoteModel as PromoteModel
from functions.training_settings import StartTraining as StartTraining
from functions.training_settings import StepRollout as StepRollout


class Public(Settings):
    """tokens_required: "true" where calls about one user must carry that user's token."""

    allowed_origin: str
    tokens_required: str


class IngestEvents(Public):
    """event_types: as `Vocabulary.from_json` reads them; debug_sample: 0 to 1, who is followed."""

    stream_name: str
    users_table: str
    event_types: str
    debug_sample: str


class UpdateUserFeatures(Settings):
    """Where states are kept, and where records go that cannot be read."""

    users_table: str
    bucket_name: str
    event_types: str
    debug_sample: str


class UpdateItemFeatures(Settings):
    """Where pages are kept."""

    pages_table: str
    bucket_name: str
    event_types: str
    debug_sample: str


class WriteEventLog(Settings):
    """Where the log is kept."""

    bucket_name: str
    debug_sample: str


class RollUpTrends(Settings):
    """Where pages are read and roll-ups written; defence: as `Defence.from_json` reads it."""

    pages_table: str
    bucket_name: str
    stream_name: str
    defence: str


class RollUpCatalog(Settings):
    """Where items are read and the snapshot is written."""

    items_table: str
    bucket_name: str


class ManageCatalog(Public):
    """Where items are kept."""

    items_table: str


class ManageUsers(Public):
    """Where users are kept, the catalogue that names what they did, and the stream of joins."""

    users_table: str
    items_table: str
    bucket_name: str
    stream_name: str
    event_types: str


class ManagePrivacy(Public):
    """Where users are kept, and where the bucket keeps what was asked for."""

    users_table: str
    bucket_name: str
    event_types: str


class ReplayEvents(Settings):
    """Where what was given up lies, and the names of the functions that read the stream."""

    bucket_name: str
    users_function: str
    items_function: str
    log_function: str


class SweepLog(Settings):
    """Where the log is, how long it is kept, and for how long its writer may still be behind."""

    bucket_name: str
    stream_retention_h: str
    event_log_days: str


class DescribeApi(Public):
    """What the description of the API differs by. api: rest or http."""

    event_types: str
    api: str


class ManageModels(Public):
    """Where the shelf of models is listed; recommend_memory_mb: what holds a model, or two."""

    models_table: str
    recommend_memory_mb: str


class Surroundings(Settings):
    """What a list is made of: features, trends, catalogue, model; rules: as `Rules` reads them."""

    users_table: str
    items_table: str
    pages_table: str
    models_table: str
    bucket_name: str
    event_types: str
    defence: str
    rules: str


class Recommend(Surroundings, Public):
    """experiments, exploration: as `Experiments.from_json` and `Budgets.from_json` read them."""

    experiments: str
    exploration: str


class ManageBatches(Public):
    """Where users are counted, where batches lie, and whose events say that one is to be made.

    deployment: opens the source of its events, so that each deployment hears only of its own.
    """

    users_table: str
    bucket_name: str
    event_types: str
    deployment: str


class MakeBatch(Surroundings):
    """As `Recommend`, and whose events say that a batch is to be made."""

    experiments: str
    deployment: str


class Authorize(Settings):
    """Whose tokens are believed, and whom they must be meant for.

    api_key_id: of the key that callers must bring as well; empty where API Gateway demands it.
    """

    jwt_issuer: str
    jwt_audience: str
    api_key_id: str


class CheckKey(Settings):
    """The key that callers must bring, by its id in API Gateway."""

    api_key_id: str


class ProbeFreshness(Settings):
    """The function that events go in at, by its name, and where states are kept."""

    ingest_function: str
    users_table: str


class CarrySignature(Settings):
    """Nothing: it tells on what it is shown."""


class PutPersonalize(Settings):
    """signing_key_id: of the key that callers of Personalize sign with, in API Gateway."""

    signing_key_id: str
    stream_name: str
    users_table: str
    items_table: str
    event_types: str


class GetPersonalize(Surroundings):
    """Whom to believe."""

    signing_key_id: str


# verb -> what it must be told; tests/test_house.py holds the template against this
def _verbs(kind: type[Settings]) -> Iterator[type[Settings]]:
    """What nothing is made of any more: one for each function."""
    parts = kind.__subclasses__()
    return chain.from_iterable(map(_verbs, parts)) if parts else iter([kind])


BY_VERB: dict[str, type[Settings]] = {kind.verb(): kind for kind in _verbs(Settings)}
