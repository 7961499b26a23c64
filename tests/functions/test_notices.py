"""What is said to the topic comes to whoever listens there."""

import pytest
from botocore.exceptions import ClientError

from functions.notices import Notices
from tests.functions.stage import Stage


def test_a_listener_hears_subject_and_text(stage: Stage) -> None:
    heard = stage.listen()

    Notices(stage.setting("alarm_topic"), stage.client("sns")).say("a line", "two\nlines")

    assert heard() == [("a line", "two\nlines")]


def test_a_topic_that_is_gone_is_raised(stage: Stage) -> None:
    with pytest.raises(ClientError, match="NotFound"):
        Notices(stage.setting("alarm_topic") + "-gone", stage.client("sns")).say("a", "b")
