"""Which layout of a state takes how much."""

from bench.state_layouts import LAYOUTS, columns, measure, today
from domain.features import EMPTY, fold
from domain.packing import pack, unpack
from tests.domain.strategies import NOW_MS, VOCABULARY, click, record


def test_what_today_takes_is_what_is_stored() -> None:
    state = fold(EMPTY, record(1, *(click(f"i{n}", NOW_MS + n) for n in range(9))), VOCABULARY)

    assert today(state) == len(pack(state))
    assert unpack(pack(state)) == state


def test_columns_tell_an_item_once_and_a_time_by_its_distance() -> None:
    one, other, again = (fold(EMPTY, record(1, *(
        click(item, NOW_MS + step * n, f"e{n}") for n, item in enumerate(items))), VOCABULARY)
        for items, step in (("ab", 100), ("ab", 1000), ("aa", 100)))

    assert columns(other) - columns(one) == 1  # 1,000 ms take two bytes of seven bits
    assert columns(one) - columns(again) == 8
    assert columns(one) - columns(one, 6) == 2 * 2


def test_smaller_layouts_take_less_and_who_is_new_takes_more() -> None:
    found = measure(300)

    units = found["write_units_per_call"]
    assert set(units) == set(LAYOUTS)
    assert units["columns, 64 events"] <= units["columns"] <= units["today"]
    assert 300 < units["today"] * 300 - 3 * found["begun"] < 3 * 300
