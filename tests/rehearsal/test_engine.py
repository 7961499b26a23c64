import re
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from rehearsal.engine import Engine, RehearsalError

pytestmark = pytest.mark.emulator


def test_an_engine_answers_while_it_runs_and_is_gone_afterwards() -> None:
    with Engine(parts=(), name="short") as engine, urlopen(f"{engine.url}/_ministack/health") as up:
        assert up.status == 200

    with pytest.raises(URLError):
        urlopen(f"{engine.url}/_ministack/health")


def test_an_engine_that_cannot_start_says_where_it_logged_why() -> None:
    engine = Engine(parts=("nothing",), name="unstarted")

    with pytest.raises(RehearsalError, match=re.escape(str(engine.log))), engine:
        pass

    assert "rehearsal.emulator.nothing" in engine.log.read_text()
