"""Who was erased is known without the table."""

from domain.erasure import mark_of
from domain.key import subject_hash
from recovery.erasures import Erasures
from recovery.report import Report
from recovery.stack import Adapters


def test_the_later_of_two_erasures_counts(opened: Adapters) -> None:
    for at_ms in (7, 5):
        opened.shelf.put(mark_of("ann", at_ms), b"")

    erasures = Erasures(opened.shelf, Report())

    assert (erasures.at_ms("ann"), erasures.at_ms("bob")) == (7, None)
    assert list(erasures) == [subject_hash("ann")]


def test_a_key_that_is_no_mark_is_told(opened: Adapters) -> None:
    opened.shelf.put("erasures/strange", b"")
    report = Report()

    assert list(Erasures(opened.shelf, report)) == []

    assert report.problems == ["erasures/strange is no mark of an erasure"]
