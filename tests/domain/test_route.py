import pytest

from domain.route import Route, Who


def route(who: Who = Who.KEY, rate_s: int | None = None) -> Route:
    return Route("GET", "/a/{b}/c/{d}", "verb", "What it does.", who, rate_s=rate_s)


def test_a_route_is_looked_up_by_method_and_path() -> None:
    assert route().key == "GET /a/{b}/c/{d}"
    assert route().in_path == ["b", "d"]


@pytest.mark.parametrize(("who", "admin", "about_user", "keyed"), [
    (Who.ANYBODY, False, False, False), (Who.KEY, False, False, True),
    (Who.USER, False, True, True), (Who.ADMIN, True, False, False)])
def test_a_caller_brings_what_the_route_asks_for(
    who: Who, admin: bool, about_user: bool, keyed: bool
) -> None:
    found = route(who)

    assert (found.admin, found.about_user, found.keyed) == (admin, about_user, keyed)


def test_a_bucket_holds_two_seconds_worth() -> None:
    assert route(rate_s=20).burst == 40
    assert route().burst is None
