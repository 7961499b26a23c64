"""What is looked for is found in what a trial prints."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.space import CHOICES, RANGES, SAID, said


@given(st.floats(0, 1))
def test_a_score_is_found_among_other_lines(score: float) -> None:
    found = re.search(SAID, f"training: 3/12\n{said(score)}\n")

    assert found
    assert float(found[1]) == pytest.approx(score, abs=1e-6)


def test_a_hyperparameter_is_looked_for_in_one_way() -> None:
    assert not RANGES.keys() & CHOICES.keys()
    assert all(0 < least < most for least, most in RANGES.values())  # their logarithms are tried
    assert all(len(set(values)) == len(values) > 1 for values in CHOICES.values())
