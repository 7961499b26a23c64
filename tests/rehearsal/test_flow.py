import re
from datetime import UTC, datetime, timedelta

from rehearsal import flow
from rehearsal.steps import words


def test_a_schedule_fires_once_after_as_many_seconds() -> None:
    before = datetime.now(UTC).replace(tzinfo=None, microsecond=0)

    found = re.fullmatch(r"at\((.*)\)", flow.soon(90))

    assert found is not None
    wait = datetime.fromisoformat(found[1]) - before
    assert timedelta(seconds=90) <= wait <= timedelta(seconds=95)


def test_every_act_says_what_it_shows() -> None:
    assert all(words(act) not in ("", "None") for act in flow.AFTER_FILLING)
