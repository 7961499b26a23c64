"""A desk as Lambda has it: its tables, its bucket, one short-tempered client for each."""

import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.budget import Budgets
from domain.defence import Defence
from domain.experiment import Experiments
from domain.rules import Rules
from domain.vocabulary import Vocabulary
from functions import settings
from functions.aws import BRIEF, Patience, dynamodb, s3, session
from functions.desk import NO_BUDGETS, NO_EXPERIMENTS, Desk
from functions.items import Items
from functions.pages import Pages
from functions.registry import Registry
from functions.scorer import Scorer
from functions.shelf import Shelf
from functions.surroundings import LiveCatalog, LiveTrends, Surroundings
from functions.users import Users
from functions.wire import Wire

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class Opened(NamedTuple):
    """A desk, what ends every connection of it (the next call opens another), and its tables."""

    desk: Desk
    hang_up: Callable[[], None]
    tables: "DynamoDBClient"


def open_desk(
    told: settings.Surroundings, logger: Logger, experiments: Experiments = NO_EXPERIMENTS,
    budgets: Budgets = NO_BUDGETS, clock: Callable[[], float] = time.monotonic,
    patience: Patience = BRIEF, *, rolls_out: bool = True,
) -> Opened:
    """All that a list is made of, not read yet. clock: of how long callers wait, in seconds.

    rolls_out: are some lists made by a candidate, while one is rolled out?
    """
    troubles, shared = Counter[str](), session()
    client, bucket = dynamodb(patience, shared), s3(patience, shared)
    wire = Wire(client, shared.get_credentials())
    rows: Any = wire  # of the client's calls it knows the one that is made of it
    vocabulary = Vocabulary.from_json(told.event_types)
    shelf = Shelf(told.bucket_name, bucket)
    around = Surroundings(
        LiveTrends(shelf, Pages(told.pages_table, client), Defence.from_json(told.defence)),
        LiveCatalog(shelf, Items(told.items_table, client)), logger, troubles, clock)
    scorer = Scorer(shelf, Registry(told.models_table, rows), clock, rolls_out=rolls_out)
    desk = Desk(Users(told.users_table, rows), scorer, around, vocabulary,
                Rules.from_json(told.rules, vocabulary), logger, troubles, experiments, clock,
                budgets)

    def hang_up() -> None:
        for link in (wire, client, bucket):
            link.close()

    return Opened(desk, hang_up, client)
