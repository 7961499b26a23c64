"""A page that needs nothing else and says what the figures say."""

import re
from html.parser import HTMLParser

import pytest

from model.report.page import page
from tests.model.report.scene import group, report_of, study

ALL = ("model", "current", "covisitation", "popularity")
VOID = {"meta", "br"}


class Nesting(HTMLParser):
    """Tags that are open; a wrong end is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def whole() -> str:
    groups = tuple(group(name, "days 0.0 to 1.0, today", "two", rankers=ALL)
                   for name in ("age", "history", "popularity", "category", "plan"))
    made = study(rankers=ALL, groups=groups)
    return page(report_of(made, study("leave-one-out"), notes=("mind <this>",)))


def test_the_page_is_whole_and_asks_nobody_for_anything() -> None:
    found = whole()

    nesting = Nesting()
    nesting.feed(found)
    assert nesting.open == []
    assert not re.search(r"https?://|<script|<link|url\(|@import| src=", found)
    assert "prefers-color-scheme: dark" in found


def test_the_page_answers_what_an_owner_asks() -> None:
    titles = re.findall(r"<h2>(.*?)</h2>", whole())

    assert titles == [
        "Does it find what people want next?", "Is the difference more than chance?",
        "Does it age?", "For whom does it work?", "What else are the lists like?",
        "As papers measure it: leave-one-out", "How did the training go?",
        "How this was measured"]


def test_what_is_not_known_has_no_part() -> None:
    found = page(report_of(study(), log=False))

    assert "Does it age?" not in found
    assert "How did the training go?" not in found
    assert "leave-one-out" not in found


@pytest.mark.parametrize(("p_value", "difference", "text"), [
    (0.001, 0.1, "better than"), (0.001, -0.1, "worse than"), (0.3, 0.1, "no clear winner"),
])
def test_the_verdict_is_that_of_the_paired_test(
    p_value: float, difference: float, text: str
) -> None:
    found = page(report_of(study(p_value=p_value, difference=difference)))

    assert f">{text}</span>" in found


def test_a_model_twice_as_good_is_said_to_be_so_in_times() -> None:
    assert "(2.6 times its NDCG" in page(report_of(study(difference=0.4)))
    assert "(+40.0% NDCG" in page(report_of(study(difference=0.1)))


def test_notes_are_text() -> None:
    assert "mind &lt;this&gt;" in whole()


def test_the_best_epoch_is_named() -> None:
    assert "Kept is epoch 2, the best on validation (0.300)" in whole()
