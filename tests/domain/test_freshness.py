from domain.freshness import FRESH_S
from domain.routes import ROUTES


def test_only_what_is_read_and_everybodys_may_be_kept() -> None:
    kept = [route for route in ROUTES if route.key in FRESH_S]

    assert len(kept) == len(FRESH_S)
    assert all(route.method == "GET" for route in kept)
    assert not any(route.admin or route.about_user for route in kept)
