"""Personalize's own words: ARNs, columns, JSON within JSON, refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.personalize import (
    ARN_SCHEMA,
    NotFoundError,
    PersonalizeError,
    approve,
    column,
    named,
    properties_of,
)
from domain.schema import compile_schema


@pytest.mark.parametrize(("arn", "name"), [
    ("arn:aws:personalize:eu-west-1:1:campaign/for-you", "for-you"),
    ("arn:aws:personalize:eu-west-1:1:dataset/shop/ITEMS", "ITEMS"),
    ("arn:aws-cn:personalize:::trending", "trending")])
def test_an_arn_names_its_last_part(arn: str, name: str) -> None:
    approve(compile_schema(ARN_SCHEMA), arn)

    assert named(arn) == name


@pytest.mark.parametrize("arn", ["for-you", "arn:aws:s3:::bucket", "arn:aws:personalize:x"])
def test_what_is_no_arn_of_personalize_is_refused(arn: str) -> None:
    with pytest.raises(PersonalizeError, match="must be an ARN"):
        approve(compile_schema(ARN_SCHEMA), arn)


@pytest.mark.parametrize(("name", "known"), [
    ("creationTimestamp", "CREATION_TIMESTAMP"), ("CREATION_TIMESTAMP", "CREATION_TIMESTAMP"),
    ("genres", "GENRES"), ("categoryL1", "CATEGORY_L1")])
def test_a_property_has_the_name_of_its_column(name: str, known: str) -> None:
    assert column(name) == known


@given(st.from_regex(r"[A-Z]{2,9}(_[A-Z]{2,9})*", fullmatch=True))
def test_a_column_in_camel_case_is_the_column(name: str) -> None:
    first, *rest = name.lower().split("_")

    assert column(first + "".join(word.title() for word in rest)) == name


def test_null_says_nothing() -> None:
    assert properties_of('{"a": null, "b": 0, "c": false}', "p") == {"b": 0, "c": False}


@pytest.mark.parametrize(("text", "reason"), [
    ("{", "p is no JSON"), ("[" * 100_000, "p is no JSON"), ("[1]", "p must be a JSON object")])
def test_what_is_no_map_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PersonalizeError, match=reason):
        properties_of(text, "p")


def test_a_refusal_is_an_exception_that_clients_of_personalize_know() -> None:
    assert (PersonalizeError.code, PersonalizeError.status) == ("InvalidInputException", 400)
    assert (NotFoundError.code, NotFoundError.status) == ("ResourceNotFoundException", 404)
