import re
from html.parser import HTMLParser

from domain.document import describe
from domain.reference import render
from domain.routes import ROUTES
from domain.vocabulary import EventType, Vocabulary

VOID = {"meta", "link", "br"}
PAGE = render(describe(Vocabulary(), tokens_required=True, api="rest"))


class Nesting(HTMLParser):
    """Every tag that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_is_whole_html() -> None:
    nesting = Nesting()

    nesting.feed(PAGE)

    assert nesting.open == []
    assert PAGE.startswith("<!doctype html>")


def test_it_runs_no_script_and_fetches_nothing() -> None:
    nesting = Nesting()

    nesting.feed(PAGE)

    assert not nesting.seen & {"script", "img", "link", "iframe", "object", "form"}
    assert "default-src 'none'" in PAGE
    assert not re.findall(r"(?:src=|url\(|@import|href=\"https?:)", PAGE)


def test_it_shows_every_route() -> None:
    assert [route.key for route in ROUTES
            if "<h2 id=" not in PAGE or f"{route.method} {route.path}" not in PAGE] == []


def test_every_reference_leads_somewhere() -> None:
    assert set(re.findall(r'href="#([^"]+)"', PAGE)) <= set(re.findall(r'id="([^"]+)"', PAGE))


def test_what_a_deployment_declares_is_shown_as_text() -> None:
    declared = Vocabulary((EventType("<script>alert(1)</script>", 64, 1.0),))

    page = render(describe(declared, tokens_required=False, api="rest"))

    assert "<script" not in page
    assert "&lt;script&gt;" in page
