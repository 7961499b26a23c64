from typing import Any

import pytest

from domain import parameters
from domain.ask_schema import MAX_K
from domain.parameter import Parameter
from domain.trends import HALF_LIVES_MS

ALL = [found for found in vars(parameters).values() if isinstance(found, Parameter)]


@pytest.mark.parametrize("parameter", ALL, ids=lambda parameter: parameter.name)
def test_what_a_parameter_means_is_told_in_a_sentence(parameter: Parameter[Any]) -> None:
    assert parameter.about.endswith(".")


def test_bounds_are_those_of_what_they_bound() -> None:
    assert parameters.K.schema["maximum"] == MAX_K
    assert parameters.WINDOW.schema["enum"] == list(HALF_LIVES_MS)
