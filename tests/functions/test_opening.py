"""A desk opened on a cloud in which nothing has happened yet."""

from aws_lambda_powertools import Logger

from functions.opening import open_desk
from functions.settings import Recommend
from tests.functions.stage import NOW_MS, Stage


def test_a_desk_reads_its_cloud_and_goes_on_after_its_connections_ended(stage: Stage) -> None:
    told = Recommend.from_env(stage.cloud.by_verb["recommend"].environment)
    opened = open_desk(told, Logger(service="test"))

    before = opened.desk.scene(NOW_MS), opened.desk.state("ann")
    opened.hang_up()
    after = opened.desk.scene(NOW_MS + 60_000), opened.desk.state("ann")

    assert before[0].version is after[0].version is None
    assert before[1] == after[1]
    assert not opened.desk.troubles
