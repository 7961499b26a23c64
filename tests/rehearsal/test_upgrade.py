import pytest

from rehearsal.engine import RehearsalError
from rehearsal.upgrade import Known, compare

BEFORE = Known([["a1"]], {"title": "A"}, "v1", 1, {"events/one"}, {("AWS::S3::Bucket", "data")})


def test_an_upgrade_may_add_to_the_log() -> None:
    assert compare(BEFORE, BEFORE._replace(logged={"events/one", "events/two"})) is None


def test_an_upgrade_that_loses_a_file_of_the_log_is_refused() -> None:
    with pytest.raises(RehearsalError, match="events/one"):
        compare(BEFORE, BEFORE._replace(logged=set()))


@pytest.mark.parametrize("change", [
    {"histories": [[]]}, {"item": {}}, {"current": "v2"}, {"versions": 0},
    {"standing": {("AWS::S3::Bucket", "another")}}], ids=lambda change: next(iter(change)))
def test_an_upgrade_that_changes_what_is_known_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(RehearsalError, match=next(iter(change))):
        compare(BEFORE, BEFORE._replace(**change))
