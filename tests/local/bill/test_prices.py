"""One list has every price, and says of each who asks it."""

import re
import tomllib
from datetime import date

import pytest

from local.bill.prices import LIST, prices, usd
from local.template import ROOT


@pytest.mark.parametrize("name", prices())
def test_a_price_says_its_unit_its_source_and_when_it_was_checked(name: str) -> None:
    given = tomllib.loads(LIST.read_text())["price"][name]

    assert given["unit"]
    assert given["source"].startswith("AWS, ")
    assert given["kind"] in ("aws", "listed", "reported")
    assert date(2026, 1, 1) <= given["checked"]
    assert all(each > 0 for _, each in prices()[name].tiers)


def test_no_price_stands_anywhere_else() -> None:
    sources = [*(ROOT / "local/bill").glob("*.py"), *(ROOT / "bench").glob("*.py")]

    found = {path.name for path in sources
             if re.search(r"\b\d+(\.\d+)?e-[5-9]\b|\b0\.0000\d+", path.read_text())}

    assert found == set()


@pytest.mark.parametrize(("api", "millions", "dollars"), [
    ("rest_call", 0, 0), ("rest_call", 1, 3.50), ("rest_call", 333, 1165.50),
    ("rest_call", 1_000, 3_033.10), ("rest_call", 11_000, 26_833.10),
    ("rest_call", 21_000, 49_763.10),
    ("http_call", 300, 300), ("http_call", 11_000, 9_930)])
def test_more_calls_of_a_month_cost_less_each(api: str, millions: int, dollars: float) -> None:
    assert usd(api, millions * 1e6) == pytest.approx(dollars)


def test_a_price_without_tiers_is_the_same_for_all() -> None:
    assert usd("write_unit", 3e9) == pytest.approx(3_000 * usd("write_unit", 1e6))


def test_what_the_list_does_not_have_costs_no_guess() -> None:
    with pytest.raises(KeyError, match="moon"):
        usd("moon")
