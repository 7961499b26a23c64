"""The table of routes says of each all that a caller must know, and nothing twice."""

import pytest

from domain.document import IN_PATH
from domain.route import Route, Who
from domain.routes import ROUTES


def name(route: Route) -> str:
    return route.key


def test_no_route_is_stated_twice() -> None:
    assert len({route.key for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_a_route_says_what_it_does_and_what_it_answers(route: Route) -> None:
    assert route.about.endswith(".")
    assert all(200 <= status < 300 for status in route.answers)
    assert route.answers
    assert all(400 <= status < 500 for status in route.refusals)
    assert set(route.in_path) <= set(IN_PATH)


def test_without_a_key_there_is_the_description_alone_and_little_of_it() -> None:
    found = [route for route in ROUTES if route.who is Who.ANYBODY]

    assert {route.path for route in found} == {"/openapi.json", "/docs"}
    assert {route.rate_s for route in found} == {1}
