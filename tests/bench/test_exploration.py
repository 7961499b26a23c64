"""The played shop is one in which good new items are found and the log can be learned from."""

from bench.exploration import GOOD, estimated, played, told_of
from domain.budget import Budget


def test_good_new_items_are_found_at_a_cost_and_the_log_says_what_was_shown() -> None:
    shop = played(1_500, Budget(0.2), seed=1)

    told = told_of(shop)
    assert shop.found()[:GOOD].any()
    assert len(told["clicks_lost_by_tenths"]) == 10
    assert len(shop.log) == 3_000
    for target in estimated(shop, 1_500).values():
        assert abs(target["snips"]["off"]) < 0.5
