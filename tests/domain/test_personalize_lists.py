"""What callers of Personalize ask for, and what they are told."""

from typing import Any

import pytest

from domain.ask import Ask
from domain.listing import Question, trending_list
from domain.personalize import NotFoundError, PersonalizeError
from domain.personalize_lists import (
    Asked,
    Ranking,
    list_for,
    order_for,
    parse_ranking,
    parse_recommendations,
    told_list,
    told_ranking,
)
from domain.recommender import Recommender
from tests.domain.small_model import opened
from tests.domain.small_scene import ALL, clicked, scene
from tests.domain.strategies import NOW_MS, VOCABULARY

ARN = "arn:aws:personalize:eu-west-1:1:campaign/"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


def question(*ids: str, k: int = 25) -> Question:
    return Question(clicked(*ids), VOCABULARY, NOW_MS, Ask(k=k))


def asked(surface: str, **more: Any) -> Asked:
    return parse_recommendations({"campaignArn": ARN + surface, **more})


def ids(found: Any) -> list[str]:
    return [place.item_id for place in found.places]


def test_what_is_asked_for_is_read() -> None:
    found = asked("similar-items", itemId="i1", userId="ann", numResults=7,
                  metadataColumns={"ITEMS": ["GENRES"]})

    assert found == Asked("similar-items", "ann", "i1", 7, ("GENRES",))
    assert asked("for-you", userId="ann") == Asked("for-you", "ann", None, 25, ())
    assert parse_recommendations({"recommenderArn": ARN + "trending"}).surface == "trending"


@pytest.mark.parametrize(("body", "said"), [
    ({}, "either campaignArn or recommenderArn"),
    ({"campaignArn": ARN + "for-you"}, "userId is required for for-you"),
    ({"campaignArn": ARN + "similar-items"}, "itemId is required for similar-items"),
    ({"campaignArn": ARN + "trending", "itemId": "i1"}, "itemId means nothing to trending"),
    ({"campaignArn": ARN + "trending", "userId": "~a"}, "userId must hold printable"),
    ({"campaignArn": ARN + "similar-items", "itemId": "\n"}, "itemId must hold printable"),
    ({"campaignArn": ARN + "trending", "metadataColumns": {"ITEMS": ["A", "description"]}},
     "metadataColumns has description"),
    ({"campaignArn": ARN + "trending", "numResults": 51, "metadataColumns": {"ITEMS": ["A"]}},
     "numResults must be at most 50 with metadata"),
    ({"campaignArn": ARN + "trending", "context": {}}, "context means nothing here"),
    ({"campaignArn": ARN + "trending", "wave": 1}, "wave is not a known field"),
    ({"campaignArn": "x"}, "campaignArn must be an ARN"), ([], "the body must be object")])
def test_what_cannot_be_honoured_is_refused(body: Any, said: str) -> None:
    with pytest.raises(PersonalizeError, match=said):
        parse_recommendations(body)


@pytest.mark.parametrize(("more", "said"), [
    ({"inputList": []}, "inputList must have at least 1"), ({"userId": "~a"}, "userId must hold"),
    ({"inputList": ["a", "\n"]}, r"inputList\[1\] must hold"),
    ({"inputList": ["a"] * 51, "metadataColumns": {"ITEMS": ["A"]}}, "at most 50 entries with"),
    ({"filterArn": ARN + "x"}, "filterArn means nothing here")])
def test_an_order_that_cannot_be_given_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(PersonalizeError, match=said):
        parse_ranking({"campaignArn": ARN + "ranking", "userId": "ann", "inputList": ["a"], **more})


def test_an_arn_of_another_list_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="known are for-you, similar-items, trending"):
        asked("ranking", userId="ann")
    with pytest.raises(NotFoundError, match="known are ranking"):
        parse_ranking({"campaignArn": ARN + "for-you", "userId": "ann", "inputList": ["a"]})


@pytest.mark.parametrize("more", [
    {"surface": "for-you"}, {"surface": "trending"}, {"surface": "similar-items", "itemId": "i3"}])
def test_what_the_user_did_is_in_no_list(model: Recommender, more: dict[str, Any]) -> None:
    seen = ("i1", "i2", "n1")

    found = list_for(scene(model), asked(userId="ann", numResults=4, **more), question(*seen, k=4))

    assert len(found.places) == 4
    assert not set(ids(found)) & set(seen)


def test_nobody_in_particular_gets_the_whole_trend() -> None:
    moment = scene(None, [["i1", "i2"]])

    found = list_for(moment, asked("trending"), question())

    assert ids(found) == ids(trending_list(moment, "24h", question(k=25)))
    assert set(ids(found)) == set(ALL)


def test_a_list_is_told_with_scores_and_columns() -> None:
    want = asked("trending", numResults=2, metadataColumns={"ITEMS": ["TITLE", "NO"]})
    found = list_for(scene(None, [["i1", "i2"]]), want, question())

    told = told_list(found, want, "r-1")

    assert told["recommendationId"] == "r-1"
    assert told["itemList"] == [
        {"itemId": place.item_id, "score": place.score,
         "metadata": {"TITLE": place.item_id.upper()}} for place in found.places]
    assert "metadata" not in told_list(found, asked("trending"), "r-1")["itemList"][0]


def test_an_order_is_told_with_what_is_known(model: Recommender) -> None:
    moment, want = scene(model), Ranking("ann", ("nowhere", "i1"), ("TITLE",))

    told = told_ranking(moment, order_for(moment, want, question()), want, "r-1")

    first, last = told["personalizedRanking"]
    assert (first["itemId"], first["metadata"]) == ("i1", {"TITLE": "I1"})
    assert isinstance(first["score"], float)
    assert last == {"itemId": "nowhere", "metadata": {}}


def test_what_may_not_be_shown_comes_after_what_may_and_the_same_twice_is_twice(
    model: Recommender
) -> None:
    want = Ranking("ann", ("i1", "x", "i2", "x", "i2"), ())

    found = order_for(scene(model, None, "i1"), want, question("i5"))

    assert [one.item_id for one in found] == ["i2", "i2", "i1", "x", "x"]
    assert [one.score is None for one in found] == [False, False, True, True, True]


def test_an_order_that_is_asked_for_is_read() -> None:
    found = parse_ranking({"campaignArn": ARN + "ranking", "userId": "ann", "inputList": ["a"]})

    assert found == Ranking("ann", ("a",), ())
