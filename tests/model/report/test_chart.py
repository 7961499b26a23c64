"""Charts are whole SVG, and what they show stands where it should."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.report.chance import Estimate
from model.report.chart import dots, lines, said, ticks_of
from model.report.words import decimal, percent

numbers = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-6)


def heights(svg: str, name: str) -> list[float]:
    return [float(found.attrib["cy"]) for found in ET.fromstring(svg).iter("circle")
            if found.attrib["class"] == f"c-{name}"]


@given(numbers, numbers)
def test_ticks_are_even_few_and_reach_from_end_to_end(a: float, b: float) -> None:
    low, high = sorted((a, b))

    found = ticks_of(low, high)

    room = found[-1] - found[0]
    assert found[0] <= low + 1e-6 * room
    assert found[-1] >= high - 1e-6 * room
    assert 2 <= len(found) <= 8
    steps = [after - before for before, after in pairwise(found)]
    assert steps == pytest.approx([steps[0]] * len(steps))


def test_ticks_are_round() -> None:
    assert ticks_of(0, 0.47) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert ticks_of(0, 0) == pytest.approx([0, 0.2])


def test_more_stands_higher_and_whiskers_reach_around_their_dot() -> None:
    points = [Estimate(0.1, 0.05, 0.2), Estimate(0.3, 0.2, 0.4), None, Estimate(0.2)]

    svg = lines(["5", "10", "20", "50"], {"model": points}, percent, "hits", "length")

    first, second, last = heights(svg, "model")
    assert second < last < first
    whiskers = [line.attrib for line in ET.fromstring(svg).iter("line")
                if "whisker" in line.attrib["class"]]
    assert len(whiskers) == 2
    assert float(whiskers[0]["y2"]) < first < float(whiskers[0]["y1"])
    assert "5: 10.0% (5.0% to 20.0%)" in svg


def test_a_segment_is_a_row_in_which_more_stands_further_right() -> None:
    rows = [("war", "3 cases", {"model": Estimate(0.4, 0.3, 0.5), "popularity": Estimate(0.1)}),
            ("<art>", "1 case", {"model": Estimate(0.2)})]

    svg = dots(rows, percent, "hit rate")

    circles = [(one.attrib["class"], float(one.attrib["cx"]), float(one.attrib["cy"]))
               for one in ET.fromstring(svg).iter("circle")]
    (_, first, top), (_, second, below), (_, third, last) = circles
    assert second < third < first
    assert top < below < last
    assert "&lt;art&gt;" in svg


def test_nothing_to_show_is_an_empty_chart() -> None:
    assert heights(lines([], {}, decimal, "none"), "model") == []
    assert ET.fromstring(dots([], percent, "none")).tag == "svg"


def test_an_estimate_is_said_with_its_interval_if_it_has_one() -> None:
    assert said(Estimate(0.5, 0.25, 0.75), decimal) == "0.500 (0.250 to 0.750)"
    assert said(Estimate(0.5), percent) == "50.0%"
