"""A parameter reads what its schema allows, and refuses the rest by name."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.parameter import Parameter, ParameterError, choice, flag, text, texts, whole

K = whole("k", "How many.", default=10, most=100)
SEEN = flag("seen", "Are they shown?", default=True)
WINDOW = choice("window", "Which.", default="b", among=("a", "b"))
ITEM = text("item", "Whose.", {"type": "string", "minLength": 1})
RECENT = texts("recent", "Which.", {"type": "string", "minLength": 1}, most=2)
ALL: list[Parameter[Any]] = [K, SEEN, WINDOW, ITEM, RECENT]


@pytest.mark.parametrize(("parameter", "default"), [
    (K, 10), (SEEN, True), (WINDOW, "b"), (ITEM, None), (RECENT, [])])
def test_what_is_not_named_is_the_default(parameter: Parameter[Any], default: Any) -> None:
    assert parameter.read([]) == default


@pytest.mark.parametrize(("parameter", "sent", "found"), [
    (K, ["1"], 1), (K, ["100"], 100), (K, ["007"], 7), (SEEN, ["true"], True),
    (SEEN, ["false"], False), (WINDOW, ["a"], "a"), (ITEM, ["x"], "x"),
    (RECENT, ["b", "a,c"], ["b", "a,c"])])
def test_what_is_sent_is_read(parameter: Parameter[Any], sent: list[str], found: Any) -> None:
    assert parameter.read(sent) == found


@pytest.mark.parametrize("sent", ["0", "101", "-1", "1.0", "1e2", "", " 1", "ten", "٣", "²",
                                  "9" * 5000])
def test_what_is_no_whole_number_in_bounds_is_refused(sent: str) -> None:
    with pytest.raises(ParameterError, match=r"^k must be a whole number from 1 to 100$"):
        K.read([sent])


@pytest.mark.parametrize(("parameter", "sent", "reason"), [
    (SEEN, ["1"], "seen must be true or false"), (SEEN, ["True"], "seen must be"),
    (SEEN, [""], "seen must be"), (WINDOW, ["c"], "window must be one of a, b"),
    (WINDOW, [""], "window must be"), (ITEM, [""], "item must have at least 1"),
    (RECENT, ["a", "b", "c"], "recent may be given at most 2 times"),
    (RECENT, ["a", ""], "recent must have at least 1")])
def test_what_cannot_be_read_is_refused(
    parameter: Parameter[Any], sent: list[str], reason: str
) -> None:
    with pytest.raises(ParameterError, match=reason):
        parameter.read(sent)


@pytest.mark.parametrize("parameter", [K, SEEN, WINDOW, ITEM])
def test_what_has_one_value_is_sent_once(parameter: Parameter[Any]) -> None:
    with pytest.raises(ParameterError, match="may be given once only"):
        parameter.read(["1", "1"])


@given(st.sampled_from(ALL), st.lists(st.text(max_size=4) | st.sampled_from(
    ["1", "7", "100", "true", "false", "a"]), max_size=3))
def test_whatever_is_read_is_what_the_schema_allows(
    parameter: Parameter[Any], sent: Sequence[str]
) -> None:
    try:
        found = parameter.read(sent)
    except ParameterError:
        return

    assert found is None or Draft202012Validator(dict(parameter.schema)).is_valid(
        json.loads(json.dumps(found)))
