"""The played shop is one in which good new items are found and the log can be learned from."""

from bench.exploration import GOOD, estimated, played
from domain.exploration import Budget


def test_good_new_items_are_found_at_a_cost_and_the_log_says_what_was_shown() -> None:
    budget = Budget(0.2)
    shop = played(1_500, budget)

    assert shop.found()[:GOOD].any()
    assert len(shop.log) == 3_000
    found = estimated(shop, budget)
    assert found["as_shown"]["value"] > found["truth"]["value"]
    for name in ("ips", "snips", "doubly_robust"):
        off = abs(found[name]["value"] - found["truth"]["value"])
        assert off < 4 * found[name]["standard_error"]
