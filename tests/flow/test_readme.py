"""The calls in the README are calls of the API, and their answers are what it answers."""

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.routes import ROUTES
from tests.functions.promised import hold, takes

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```\n(curl .*?)(?:\n\n(\d{3}) (\{.*?))?\n```", re.DOTALL)


class Example(NamedTuple):
    """One call. path: as sent, without the query. status, answer: None, where none is shown."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    status: int | None
    answer: Any


def example(call: str, status: str, answer: str) -> Example:
    words = shlex.split(call.replace("\\\n", " "))
    options = dict(pairwise(words))
    url = urlsplit(next(word for word in words if word.startswith("$URL")).removeprefix("$URL"))
    body = json.loads(options["-d"]) if "-d" in options else None
    return Example(options.get("-X", "GET"), url.path, parse_qs(url.query), body,
                   int(status) if status else None, json.loads(answer) if answer else None)


EXAMPLES = [example(*found) for page in ("README.md", *sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")))
    for found in BLOCK.findall((ROOT / page).read_text())]


def route_of(found: Example) -> Any:
    (route,) = (r for r in ROUTES if r.method == found.method and re.fullmatch(
        re.sub(r"\{\w+\}", "[^/]+", r.path), found.path))
    return route


def test_the_readme_shows_how_events_items_and_lists_are_sent_for() -> None:
    assert {"POST /events", "PUT /items", "GET /users/{user_id}/recommendations"} <= {
        route_of(found).key for found in EXAMPLES}


@pytest.mark.parametrize("found", [found for found in EXAMPLES if found.status],
                         ids=lambda found: f"{found.method} {found.path}")
def test_an_example_is_answered_as_the_api_answers(found: Example) -> None:
    route = route_of(found)

    hold(route.method, route.path, found.status, found.answer)


@pytest.mark.parametrize("found", EXAMPLES, ids=lambda found: f"{found.method} {found.path}")
def test_an_example_asks_for_what_the_route_knows(found: Example) -> None:
    parameters = {parameter.name: parameter for parameter in route_of(found).parameters}

    for name, sent in found.query.items():
        assert parameters[name].read(sent) is not None


@pytest.mark.parametrize("found", [found for found in EXAMPLES if found.body is not None],
                         ids=lambda found: f"{found.method} {found.path}")
def test_a_body_of_an_example_is_what_the_route_takes(found: Example) -> None:
    route = route_of(found)
    rejected = {one["index"] for one in (found.answer or {}).get("rejected", ())}

    # What the answer names as bad is shown as bad.
    good = {name: [one for index, one in enumerate(part) if index not in rejected]
            if isinstance(part, list) else part for name, part in found.body.items()}
    takes(route.method, route.path).validate(good)
