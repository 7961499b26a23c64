"""Lists of whatever a body asks for: filters, pages, a list of the caller's own, slates, rules."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from domain.catalog import Item
from domain.features import Interaction, UserState, merge
from domain.key import item_key
from domain.snapshot import EMPTY, CatalogSnapshot
from functions.api import Front
from functions.lists import metrics
from functions.recommend import respond
from functions.users import StoredUser
from tests.functions.at_hand import Around, OneUser, desk
from tests.functions.promised import hold
from tests.functions.stage import NOW_MS, OPEN, Answer, proxy_event

USER = "/users/{user_id}"
LIST, RANKING, SLATES = f"{USER}/recommendations", f"{USER}/ranking", "/slates"
IDS = [f"a{n}" for n in range(1, 9)]  # a8 is the newest


def shop() -> CatalogSnapshot:
    """The later an item, the dearer; every second is on sale."""
    return EMPTY.updated(Item(i, {
        "item_id": i, "price": n, "categories": ["odd" if n % 2 else "even"],
        "attributes": {"sale": n % 2 == 0}}, NOW_MS + n) for n, i in enumerate(IDS, 1))


def did(*types: str) -> StoredUser:
    """What a user did with a1, a2, ...: view, purchase and so on, a while ago."""
    codes = {"view": 1, "purchase": 4, "impression": 8}
    return StoredUser(UserState(history=merge((), [
        Interaction(NOW_MS - 60_000 + n, item_key(IDS[n]), codes[name])
        for n, name in enumerate(types)])), 1)


def call(
    method: str, resource: str, body: Any = None, query: Sequence[tuple[str, str]] = (),
    user: StoredUser | None = None, rules: str = "[]", front: Front = OPEN, **path: str,
) -> Answer:
    at_hand = desk(OneUser(user or StoredUser()), around=Around(shop()), rules=rules)
    named = path or ({"user_id": "ann"} if USER in resource else {})
    event = proxy_event(method, resource, body, query, NOW_MS, **named)
    answered = metrics.log_metrics(lambda event, _: respond(event, at_hand, front))(event, None)
    answer = Answer(answered["statusCode"], json.loads(answered["body"]))
    hold(method, resource, answer.status, answer.body)
    return answer


def post(body: Any, resource: str = LIST, **more: Any) -> Answer:
    return call("POST", resource, body, **more)


def test_a_query_and_a_body_ask_for_the_same() -> None:
    query = [("k", "2"), ("filter", "price < 6 and attributes.sale"), ("exclude", "a4")]
    body = {"k": 2, "filter": "price < 6 and attributes.sale", "exclude": ["a4"]}

    in_query, in_body = call("GET", LIST, query=query), post(body)

    assert in_query.ids == in_body.ids == ["a2"]
    assert in_query.body.keys() == in_body.body.keys()


def test_a_list_goes_on_where_the_page_before_ended() -> None:
    pages = [call("GET", LIST, query=[("k", "3")])]
    while pages[-1].body["cursor"]:
        query = [("k", "3"), ("cursor", pages[-1].body["cursor"])]
        pages.append(call("GET", LIST, query=query))

    assert [page.ids for page in pages] == [["a8", "a7", "a6"], ["a5", "a4", "a3"], ["a2", "a1"]]
    assert [place["rank"] for page in pages for place in page.body["items"]] == list(range(1, 9))


def test_the_page_after_the_last_is_empty_and_the_last() -> None:
    full = call("GET", LIST, query=[("k", "8")])

    after = call("GET", LIST, query=[("cursor", full.body["cursor"])])

    assert (after.ids, after.body["cursor"]) == ([], None)


def test_what_was_bought_is_hidden_and_what_was_viewed_is_not() -> None:
    body = {"exclude_seen": {"types": ["purchase"]}, "k": 8}

    assert post(body, user=did("purchase", "view")).ids == IDS[:0:-1]
    assert post({"k": 8}, user=did("purchase", "view", "impression")).ids == IDS[:1:-1]


def test_what_was_shown_often_is_not_shown_for_now() -> None:
    shown = did("impression", "impression")

    assert post({"exclude_shown": {"times": 1}, "k": 8}, user=shown).ids == IDS[:1:-1]
    assert post({"exclude_shown": {"times": 2}, "k": 8}, user=shown).ids == IDS[::-1]


def test_a_filter_asks_what_the_user_did() -> None:
    body = {"filter": "did('view')", "exclude_seen": False}

    assert post(body, user=did("view", "purchase")).ids == ["a1"]


def test_boosts_pins_and_quotas_order_a_list() -> None:
    body = {"k": 4, "boosts": [{"filter": "attributes.sale", "by": 2}],
            "quotas": [{"filter": "'even' in categories", "at_most": 2}],
            "pins": [{"item_id": "a1", "position": 2}]}

    found = post(body)

    assert found.ids == ["a8", "a1", "a6", "a7"]
    assert found.body["items"][0]["reasons"][0]["signal"] == "boost"


def test_weights_mix_what_is_cheap_with_what_is_new() -> None:
    assert post({"weights": {"price": -1}, "k": 2}).ids == ["a1", "a2"]
    assert post({"weights": {"attributes.none": 1}, "k": 2}).ids == ["a8", "a7"]


def test_an_answer_says_which_objectives_counted() -> None:
    body = {"objectives": {"purchase": 5}}

    plain, asked = post({}), post(body)
    ranked = post({**body, "items": IDS}, RANKING)
    slates = post({"user_id": "ann", "placements": [{"name": "top", **body}]}, SLATES)

    assert "objectives" not in plain.body
    assert asked.body["objectives"] == ranked.body["objectives"] == {}  # there is no model
    assert slates.body["slates"][0]["objectives"] == {}


def test_items_like_one_and_trends_are_filtered_as_well() -> None:
    query = [("filter", "price < 4")]

    assert call("GET", "/items/{item_id}/similar", query=query, item_id="a1").ids == ["a3", "a2"]
    assert call("GET", "/trending", query=query).ids == ["a3", "a2", "a1"]


def test_a_list_of_the_callers_is_ordered_and_nothing_of_it_is_lost() -> None:
    found = post({"items": ["a1", "?", "a3", "a1"], "filter": "price < 3"}, RANKING)

    assert found.ids == ["a1"]
    assert found.body["unknown"] == ["?"]
    assert found.body["left_out"] == [{"item_id": "a3", "reason": "filtered"}]


def test_a_list_of_the_callers_does_not_go_on() -> None:
    assert post({"items": ["a1", "a2"]}, RANKING).body["cursor"] is None


def test_a_list_of_the_callers_may_hold_what_was_seen() -> None:
    body = {"items": ["a1", "a2"]}

    assert sorted(post(body, RANKING, user=did("view")).ids) == ["a1", "a2"]
    assert post({**body, "exclude_seen": True}, RANKING, user=did("view")).ids == ["a2"]


def test_no_item_stands_in_two_slates() -> None:
    found = post({"user_id": "ann", "placements": [
        {"name": "top", "k": 3, "filter": "price > 4"}, {"name": "more", "k": 3},
        {"name": "rest", "k": 9}]}, SLATES)

    slates = {slate["name"]: [place["item_id"] for place in slate["items"]]
              for slate in found.body["slates"]}
    assert slates == {"top": ["a8", "a7", "a6"], "more": ["a5", "a4", "a3"], "rest": ["a2", "a1"]}
    assert found.body["user_id"] == "ann"
    assert len({slate["recommendation_id"] for slate in found.body["slates"]}) == 3


def test_slates_are_for_a_session_as_well() -> None:
    found = post({"session_id": "s1", "placements": [{"name": "top", "k": 1}],
                  "recent": ["a8"], "context": {"device": "phone"}}, SLATES)

    assert found.body["user_id"] == "~s1"
    assert found.body["slates"][0]["items"][0]["item_id"] == "a7"


def test_a_rule_of_the_deployment_holds_for_every_list_it_is_for() -> None:
    rules = json.dumps([
        {"name": "cheap", "filter": "price < 4"},
        {"name": "phones", "surfaces": ["recommendations"], "exclude": ["a3"],
         "when": "context.device == 'phone'"}])

    here = post({"context": {"device": "phone"}}, rules=rules)
    there = call("GET", "/trending", rules=rules)

    assert (here.ids, here.body["rules"]) == (["a2", "a1"], ["cheap", "phones"])
    assert (there.ids, there.body["rules"]) == (["a3", "a2", "a1"], ["cheap"])


@pytest.mark.parametrize(("resource", "body", "field"), [
    (LIST, {"k": 501}, "k"), (LIST, [], "body"), (LIST, {"filter": "size < 1"}, "filter"),
    (RANKING, {}, "items"), (RANKING, {"items": []}, "items"),
    (RANKING, {"items": ["a1"], "k": 3}, "k"), (RANKING, {"items": ["a"] * 1001}, "items"),
    (RANKING, {"items": ["a1"], "filter": "("}, "filter"),
    (SLATES, {"user_id": "ann"}, "placements"),
    (SLATES, {"placements": [{"name": "top"}]}, "user_id"),
    (SLATES, {"user_id": "ann", "placements": [{"name": "top"}] * 11}, "placements"),
    (SLATES, {"user_id": "ann", "placements": [{"name": "a", "k": 101}]},
     "placements[0].k"),
    (SLATES, {"user_id": "ann", "placements": [{"name": "a"}, {"name": "b", "filter": "price"}]},
     "placements[1].filter"),
])
def test_what_cannot_be_asked_for_is_named(resource: str, body: Any, field: str) -> None:
    assert post(body, resource).error == (400, "invalid", field)


def test_slates_are_for_whom_the_token_names() -> None:
    strict = Front("*", tokens_required=True)

    found = post({"user_id": "ann", "placements": [{"name": "top"}]}, SLATES, front=strict)

    assert found.error == (403, "forbidden", "authorization")


def test_an_item_in_a_list_is_explained() -> None:
    body = {"item_id": "a2", "boosts": [{"filter": "price < 3", "by": 5}]}

    found = post(body, f"{USER}/explanations", user=did("view")).body

    assert (found["item_id"], found["rank"], found["hidden"]) == ("a2", 1, None)
    assert {part["signal"]: part["score"] for part in found["parts"]} == {"new": 0, "boost": 5}
    assert [one["item_id"] for one in found["without"]] == ["a1"]
    seen = post({"item_id": "a1"}, f"{USER}/explanations", user=did("view")).body
    assert (seen["rank"], seen["hidden"]) == (None, "seen")
