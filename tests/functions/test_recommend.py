"""A list always comes, from the best source that has something to say, and says which."""

import gc
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ask_schema import MAX_K, MAX_RECENT
from domain.calls import Both
from domain.catalog import Item
from domain.defence import OFF, REASONS
from domain.features import Interaction, UserState, merge
from domain.key import item_key
from domain.page import PageRecord, Touch
from domain.ranking import SOURCES
from domain.recommender import Recommender
from domain.roll_up import absorb, begin
from domain.rollout import Rollout
from domain.snapshot import EMPTY, CatalogSnapshot
from domain.trends import Trends, empty
from functions.desk import Desk
from functions.lists import metrics
from functions.recommend import respond, tell
from functions.scorer import Loaded, open_model
from functions.users import StoredUser
from local import planted
from tests.conftest import Trained
from tests.domain.counted import calls
from tests.domain.plain_trends import absorbed
from tests.functions.at_hand import Around, OneModel, OneUser, desk
from tests.functions.faults import Unreachable
from tests.functions.promised import hold
from tests.functions.stage import NOW_MS, OPEN, Answer, Stage, payload, proxy_event, record

LIST = "/users/{user_id}/recommendations"
SIMILAR = "/items/{item_id}/similar"
UP = planted.walk(0, 3, 1, 4)  # a3 to a6; a7 comes next
CATALOGUE = [item.item_id for item in planted.items()]


@pytest.fixture(scope="module")
def model(trained: Trained) -> Recommender:
    return open_model(trained.folder)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def clicked(item_ids: Sequence[str]) -> StoredUser:
    """A user who clicked on these, a minute apart, a while ago."""
    begin_ms = now_ms() - 60_000 * (len(item_ids) + 1)
    history = merge((), [Interaction(begin_ms + 60_000 * n, item_key(item_id), 2)
                         for n, item_id in enumerate(item_ids)])
    return StoredUser(UserState(history=history), 1)


def everybody(*walks: Sequence[str]) -> Trends:
    """Each walk is one user's clicks within the last minutes."""
    at_ms = now_ms() - 300_000
    pages = [("s", PageRecord(n, n, tuple(Touch(item_key(i), at_ms + 1000 * step, 2, 1.0)
                                          for step, i in enumerate(walk))))
             for n, walk in enumerate(walks)]
    return absorbed(empty(at_ms), pages, now_ms())


def offered(*hidden: str, item_ids: Sequence[str] = CATALOGUE) -> CatalogSnapshot:
    """The catalogue, later items updated later; what is hidden is not available."""
    return EMPTY.updated(
        Item(i, {"item_id": i, "title": f"Item {i}", "available": i not in hidden}, NOW_MS + n)
        for n, i in enumerate(item_ids))


def ask(
    resource: str = LIST, query: Sequence[tuple[str, str]] = (), *,
    user: StoredUser | Exception | None = None,
    model: Recommender | None = None, trends: Trends | None = None,
    catalog: CatalogSnapshot | None = None, **path: str,
) -> Answer:
    """Ask a desk of which every part is given."""
    loaded = Loaded("v1", now_ms() - 7_200_000, model) if model else None
    around = Around(offered() if catalog is None else catalog, trends)
    at_hand = desk(OneUser(user or StoredUser()), OneModel(loaded), around)
    event = proxy_event("GET", resource, None, query, NOW_MS, **(path or {"user_id": "user-1"}))
    answered = metrics.log_metrics(lambda event, _: respond(event, at_hand, OPEN))(event, None)
    answer = Answer(answered["statusCode"], json.loads(answered["body"]))
    hold("GET", resource, answer.status, answer.body)
    return answer


def counted(out: pytest.CaptureFixture[str]) -> dict[str, float]:
    """Metrics of the calls so far."""
    lines = [json.loads(line) for line in out.readouterr().out.splitlines()]
    return {name: sum(sum(line.get(name, [])) for line in lines)
            for name in ("Recommendations", "Fallbacks", "EmptyLists", "ModelAgeHours")}


def test_a_user_whom_the_model_can_read_gets_a_personal_list(
    model: Recommender, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ask(model=model, user=clicked(UP))

    assert found.status == 200
    assert found.body["source"] == "personal"
    assert found.body["why"] == SOURCES["personal"]
    assert (found.body["user_id"], found.body["model"]) == ("user-1", "v1")
    assert len(found.ids) == len(set(found.ids)) == 10
    assert found.ids[0] == "a7"
    assert [place["rank"] for place in found.body["items"]] == list(range(1, 11))
    assert found.body["items"][0]["title"] == "Item a7"
    assert counted(capsys) == {"Recommendations": 1, "Fallbacks": 0, "EmptyLists": 0,
                               "ModelAgeHours": pytest.approx(2, abs=0.01)}


def test_every_place_of_a_personal_list_has_its_reasons(model: Recommender) -> None:
    found = ask(model=model, user=clicked(UP), trends=everybody(UP, ["a9"]))

    assert len(found.ids) == 10
    for place in found.body["items"]:
        assert place["reasons"]
        shares = [reason["share"] for reason in place["reasons"]]
        assert all(0 < share <= 1 for share in shares)
        assert sum(shares) <= 1.001
        assert shares == sorted(shares, reverse=True)
        assert {i for reason in place["reasons"] for i in reason["because"]} <= set(UP)


def test_each_list_has_an_id_of_its_own(model: Recommender) -> None:
    first, second = (ask(model=model, user=clicked(UP)) for _ in range(2))

    assert first.body["recommendation_id"] != second.body["recommendation_id"]
    assert len(first.body["recommendation_id"]) == 32


# From the best source to the last: what there is, and where the list comes from.
FALLBACKS: dict[str, dict[str, Any]] = {
    "session": {"user": ["n1"], "walks": [["n1", "b1"], ["n1", "b1"], ["n1", "b2"]]},
    "trending": {"user": [], "walks": [["b5"], ["b5"], ["b6"]]},
    "popular": {"user": [], "walks": []},
}
FIRST = {"session": "b1", "trending": "b5"}


@pytest.mark.parametrize("source", FALLBACKS)
def test_without_a_readable_history_the_next_best_source_speaks(
    model: Recommender, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """n1 is an item that the model does not know."""
    told = FALLBACKS[source]

    found = ask(model=model, user=clicked(told["user"]), trends=everybody(*told["walks"]),
                catalog=offered(item_ids=[*CATALOGUE, "n1"]))

    assert (found.status, found.body["source"]) == (200, source)
    assert found.body["why"] == SOURCES[source]
    assert found.ids[0] == FIRST.get(source, found.ids[0])
    assert counted(capsys)["Fallbacks"] == 1


def test_without_a_model_what_others_did_next_speaks() -> None:
    found = ask(user=clicked(["a1"]), trends=everybody(["a1", "a2"], ["a1", "a2"], ["c1", "c2"]))

    assert (found.body["source"], found.body["model"]) == ("session", None)
    assert found.ids[0] == "a2"
    assert found.body["items"][0]["reasons"][0]["because"] == ["a1"]


def test_with_nothing_but_a_catalogue_the_newest_items_are_shown() -> None:
    found = ask(user=clicked(["c15"]))

    assert found.body["source"] == "catalogue"
    assert found.ids == [f"c{n}" for n in range(14, 4, -1)]


def test_with_nothing_at_all_the_list_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    found = ask(catalog=EMPTY)

    assert (found.status, found.body["source"], found.ids) == (200, "catalogue", [])
    assert counted(capsys) == {"Recommendations": 1, "Fallbacks": 1, "EmptyLists": 1,
                               "ModelAgeHours": 0}


def test_clicks_that_the_client_still_holds_change_the_list_at_once(model: Recommender) -> None:
    held = [("recent", item_id) for item_id in planted.walk(1, 9, -1, 3)]

    before = ask(model=model, user=clicked(UP))
    after = ask(query=held, model=model, user=clicked(UP))

    assert before.ids[0] == "a7"
    assert after.ids[0] == "b6"
    assert not {"b9", "b8", "b7"} & set(after.ids)


def test_a_new_user_has_a_personal_list_by_the_first_held_click(model: Recommender) -> None:
    found = ask(query=[("recent", "a1")], model=model)

    assert found.body["source"] == "personal"
    assert "a1" not in found.ids


def test_what_was_seen_is_shown_when_asked_for(model: Recommender) -> None:
    query = [("k", "48"), ("exclude_seen", "false")]

    found = ask(query=query, model=model, user=clicked(UP))

    assert sorted(found.ids) == sorted(CATALOGUE)


@pytest.mark.parametrize("k", [1, 2, 47, 48, 100])
def test_as_many_are_shown_as_asked_for_or_as_there_are(model: Recommender, k: int) -> None:
    found = ask(query=[("k", str(k))], model=model, user=clicked(["a1"]))

    assert len(found.ids) == min(k, 47)


WRONG = {
    "k": [("k", "0")], "k too large": [("k", str(MAX_K + 1))], "k no number": [("k", "ten")],
    "k endless": [("k", "9" * 5000)], "exclude_seen": [("exclude_seen", "maybe")],
    "recent": [("recent", "")], "recent too long": [("recent", "x" * 257)],
    "recent unprintable": [("recent", "a\x00b")],
    "recent too many": [("recent", "a")] * (MAX_RECENT + 1),
    "filter": [("filter", "size < 3")], "cursor": [("cursor", "?")], "exclude": [("exclude", "")],
}


@pytest.mark.parametrize("query", WRONG.values(), ids=WRONG)
def test_a_wrong_question_is_refused_by_name(
    query: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    found = ask(query=query)

    status, code, field = found.error
    assert (status, code, field.split("[")[0]) == (400, "invalid", query[0][0])
    assert counted(capsys)["Recommendations"] == 0


def test_a_wrong_user_is_refused_by_name() -> None:
    assert ask(user_id="x" * 129).error == (400, "invalid", "user_id")


@pytest.mark.parametrize("user_id", ["~visitor", "日本語", "'; DROP TABLE users; --", "a/b"])
def test_any_user_is_answered(user_id: str) -> None:
    assert ask(user_id=user_id).body["user_id"] == user_id


IDS = st.sampled_from(CATALOGUE)
QUESTIONS = st.fixed_dictionaries({
    "seen": st.lists(IDS, max_size=30), "hidden": st.sets(IDS, max_size=48),
    "held": st.lists(IDS, max_size=3), "walks": st.lists(st.lists(IDS, max_size=4), max_size=4),
    "k": st.integers(1, 100), "has_model": st.booleans(), "resource": st.sampled_from(
        [LIST, SIMILAR, "/trending"]),
})


@settings(max_examples=150, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUESTIONS)
def test_no_list_ever_shows_what_is_unavailable_or_seen(
    model: Recommender, asked: dict[str, Any]
) -> None:
    query = [("k", str(asked["k"])), *(("recent", item_id) for item_id in asked["held"])]
    of_item = asked["resource"] == SIMILAR

    found = ask(asked["resource"], query, user=clicked(asked["seen"]),
                model=model if asked["has_model"] else None, trends=everybody(*asked["walks"]),
                catalog=offered(*asked["hidden"]), **(
                    {"item_id": "a1"} if of_item else {"user_id": "user-1"}))

    seen = {LIST: {*asked["seen"], *asked["held"]}, SIMILAR: {"a1"}}.get(asked["resource"], set())
    assert found.status == 200
    assert len(found.ids) == len(set(found.ids)) <= asked["k"]
    assert not set(found.ids) & (asked["hidden"] | seen)
    if set(CATALOGUE) - asked["hidden"] - seen:
        assert found.ids


def test_items_like_an_item(model: Recommender, capsys: pytest.CaptureFixture[str]) -> None:
    found = ask(SIMILAR, model=model, item_id="b4")

    assert (found.body["item_id"], found.body["source"]) == ("b4", "similar")
    assert found.body["why"] == SOURCES["similar"]
    assert {item_id[0] for item_id in found.ids} == {"b"}  # of its ring, as people walk
    assert "b4" not in found.ids
    assert all(place["reasons"] for place in found.body["items"])
    assert counted(capsys)["Fallbacks"] == 0


def test_an_item_that_nobody_knows_has_what_is_trending(
    capsys: pytest.CaptureFixture[str]
) -> None:
    found = ask(SIMILAR, trends=everybody(["b5"]), item_id="ø/日本 %")

    assert (found.body["item_id"], found.body["source"]) == ("ø/日本 %", "trending")
    assert found.ids[0] == "b5"
    assert counted(capsys)["Fallbacks"] == 1


def test_what_is_no_item_id_is_refused_by_name() -> None:
    assert ask(SIMILAR, item_id="x" * 257).error == (400, "invalid", "item_id")


def old_and_new() -> Trends:
    """Much was done with a1 five days ago, and something with b1 just now."""
    moment_ms = now_ms()
    pages = [("s", PageRecord(n, n, (Touch(item_key(item_id), at_ms, 2, 1.0),)))
             for n, (item_id, at_ms) in enumerate(
                 [("a1", moment_ms - 5 * 86_400_000)] * 50 + [("b1", moment_ms - 60_000)] * 3)]
    return absorbed(empty(moment_ms), pages, moment_ms)


@pytest.mark.parametrize(("window", "first"), [("1h", "b1"), ("24h", "b1"), ("7d", "a1")])
def test_what_is_trending_depends_on_how_far_one_looks_back(window: str, first: str) -> None:
    found = ask("/trending", [("window", window)], trends=old_and_new())

    assert (found.body["window"], found.body["source"]) == (window, "trending")
    assert found.ids[0] == first


def pushed() -> Trends:
    """Everything somebody does with a1 beyond two clicks, and with an item of no catalogue."""
    moment_ms = now_ms()
    pages = [("s", PageRecord(n, 7, (Touch(item_key(item_id), moment_ms, 2, 1.0),)))
             for n, item_id in enumerate(["a1"] * 5 + ["b1"] * 2 + ["nowhere"] * 4)]
    rules = OFF._replace(user_item_per_day=2)
    return absorb(begin(empty(moment_ms)), pages, moment_ms, rules)[0].trends


def test_an_administrator_sees_what_did_not_count_and_why() -> None:
    found = ask("/trending/withheld", [("k", "2")], trends=pushed())

    assert found.status == 200
    assert found.body["window"] == "24h"
    assert [(entry["item_id"], entry["counted"], entry["withheld"]["user_item_per_day"])
            for entry in found.body["items"]] == [("a1", 2.0, 3.0), (None, 2.0, 2.0)]
    assert set(found.body["items"][0]["withheld"]) == set(REASONS)


@pytest.mark.parametrize(("item_id", "counted", "withheld"), [
    ("b1", 2.0, 0.0), ("a1", 2.0, 3.0), ("nowhere", 2.0, 2.0), ("a9", 0.0, 0.0)])
def test_an_administrator_asks_for_one_item(
    item_id: str, counted: float, withheld: float
) -> None:
    found = ask("/trending/withheld", [("item_id", item_id)], trends=pushed())

    [entry] = found.body["items"]
    assert (entry["item_id"], entry["counted"]) == (item_id, counted)
    assert sum(entry["withheld"].values()) == withheld


def test_what_is_asked_wrongly_of_withheld_weight_is_named() -> None:
    asked = [[("k", "0")], [("item_id", "x" * 257)], [("item_id", "")]]

    fields = [ask("/trending/withheld", query).error[2] for query in asked]

    assert fields == ["k", "item_id", "item_id"]


def test_trending_is_no_fallback_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    found = ask("/trending", trends=old_and_new())

    assert found.body["window"] == "24h"
    assert counted(capsys)["Fallbacks"] == 0


def test_a_window_that_is_not_kept_is_refused_by_name() -> None:
    assert ask("/trending", [("window", "1y")]).error == (400, "invalid", "window")


def test_health_tells_what_serves(model: Recommender, capsys: pytest.CaptureFixture[str]) -> None:
    found = ask("/health", model=model, trends=everybody(["a1", "a2"]))

    assert found.body == {"status": "ok", "model": "v1", "model_age_h": 2.0, "catalogue": 48,
                          "trending_items": 2}
    assert counted(capsys)["Recommendations"] == 0


def test_health_is_told_before_there_is_a_model() -> None:
    found = ask("/health", catalog=EMPTY)

    assert found.body == {"status": "ok", "model": None, "model_age_h": None, "catalogue": 0,
                          "trending_items": 0}


@pytest.fixture
def shop(stage: Stage, trained: Trained) -> Iterator[Stage]:
    """A deployment with catalogue, events, trends and a model, and a reader that knows them."""
    stage.items().put([Item(i, {"item_id": i}, now_ms()) for i in CATALOGUE])
    stage.deliver("update_user_features", [record(0, "user-1", *UP)])
    assert stage.end_job("first", {p.name: p.read_bytes() for p in Path(trained.folder).iterdir()},
                         now_ms())["promoted"]
    stage.restart("recommend")
    yield stage
    stage.restart("recommend")


def listed(stage: Stage, user_id: str = "user-1") -> Answer:
    return stage.call("GET", LIST, user_id=user_id)


def test_what_the_stream_brought_is_in_the_next_list(shop: Stage) -> None:
    before = listed(shop)
    shop.deliver("update_user_features", [record(1, "user-1", *planted.walk(1, 2, 1, 3))])

    after = listed(shop)

    assert before.body["source"] == after.body["source"] == "personal"
    assert (before.ids[0], after.ids[0]) == ("a7", "b5")


def test_the_recorded_call_is_answered(shop: Stage) -> None:
    answered = shop.cloud.by_verb["recommend"].invoke(payload("api_gateway_rest_proxy"))

    assert answered["statusCode"] == 200
    assert json.loads(answered["body"])["user_id"] == "user@example.com"


def test_garbage_is_looked_for_again_but_not_among_what_was_imported() -> None:
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_who_is_erased_gets_no_personal_list(shop: Stage) -> None:
    shop.users().erase("user-1", NOW_MS)

    found = listed(shop)

    assert (found.status, found.body["source"]) == (200, "popular")


def test_an_item_that_became_unavailable_is_gone_at_the_next_look(shop: Stage) -> None:
    assert "a7" in listed(shop).ids
    shop.items().put([Item("a7", {"item_id": "a7", "available": False}, now_ms())])
    shop.restart("recommend")

    assert "a7" not in listed(shop).ids


@pytest.mark.parametrize("gone", [["users_table"], ["items_table", "pages_table"], ["models_table"],
                                  ["users_table", "items_table", "pages_table", "models_table"]])
def test_tables_that_fail_cost_no_list(shop: Stage, gone: list[str]) -> None:
    listed(shop)
    for name in gone:
        shop.client("dynamodb").delete_table(TableName=shop.setting(name))

    found = listed(shop)

    assert found.status == 200
    assert found.body["source"] == ("popular" if "users_table" in gone else "personal")
    assert len(found.ids) == 10


def test_a_reader_that_starts_while_everything_fails_answers(shop: Stage) -> None:
    for name in ("users_table", "items_table", "pages_table", "models_table"):
        shop.client("dynamodb").delete_table(TableName=shop.setting(name))
    shop.restart("recommend")

    found = listed(shop)

    assert (found.status, found.body["source"], found.ids) == (200, "catalogue", [])


def test_a_reader_that_starts_with_a_broken_model_serves_without_it(shop: Stage) -> None:
    version = listed(shop).body["model"]
    shop.shelf().put(f"models/{version}/items.bin", b"other bytes")
    shop.restart("recommend")

    found = listed(shop)

    assert (found.status, found.body["model"], found.body["source"]) == (200, None, "catalogue")
    assert any("items.bin is not what the manifest says" in line for line in shop.logged())


ROLLOUT = Rollout("v2", 0.5, NOW_MS, NOW_MS)
SEES, STAYS = (next(name for name in map(str, range(99)) if ROLLOUT.takes(name) == wanted)
               for wanted in (True, False))
BODIES: dict[str, Any] = {
    LIST: None, "/users/{user_id}/ranking": {"items": ["a7", "a8"]},
    "/users/{user_id}/explanations": {"item_id": "a7"},
    "/slates": {"placements": [{"name": "top"}, {"name": "side"}]}}


def rolling(model: Recommender) -> Desk:
    """Half of the users see v2, the others v1."""
    then_ms = now_ms() - 7_200_000
    return desk(OneUser(clicked(UP)), OneModel(
        Loaded("v1", then_ms, model), Loaded("v2", then_ms, model), ROLLOUT), Around(offered()))


def asked(at_hand: Desk, resource: str, user: str) -> Any:
    body = BODIES[resource]
    named = {"user_id": user}
    event = (proxy_event("POST", resource, {**body, **named}) if resource == "/slates" else
             proxy_event("POST" if body else "GET", resource, body, **named))
    answered = metrics.log_metrics(lambda event, _: respond(event, at_hand, OPEN))(event, None)
    return json.loads(answered["body"])


@pytest.mark.parametrize("resource", BODIES)
@pytest.mark.parametrize(("user", "version"), [(SEES, "v2"), (STAYS, "v1")])
def test_whatever_is_for_a_user_says_which_model_of_a_rollout_made_it(
    model: Recommender, resource: str, user: str, version: str
) -> None:
    at_hand = rolling(model)

    found = asked(at_hand, resource, user)

    told = at_hand.sides.due()
    for made in found.get("slates", [found]):
        assert made["model"] == version
    if resource == "/users/{user_id}/explanations":
        assert told is None  # no list was made
        return
    assert told
    side = told.seen.candidate if version == "v2" else told.seen.stable
    assert (side.calls, sum(side.lists), sum(side.fallback)) == ((1,), 1, 0)


def test_what_is_for_nobody_is_made_by_the_model_before(model: Recommender) -> None:
    at_hand = rolling(model)

    event = proxy_event("GET", SIMILAR, item_id="a7")
    found = json.loads(respond(event, at_hand, OPEN)["body"])
    metrics.clear_metrics()

    assert found["model"] == "v1"
    assert at_hand.sides.due() is None


def test_a_copy_tells_what_it_counted_and_keeps_what_it_could_not(
    model: Recommender, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    at_hand = rolling(model)
    asked(at_hand, LIST, SEES)

    tell(at_hand, stage.registry(Unreachable()))
    at_hand.sides._told_s = float("-inf")  # later
    tell(at_hand, stage.registry())
    tell(at_hand, stage.registry(Unreachable()))  # nothing is left to be told

    assert stage.registry().seen(ROLLOUT).candidate.calls == (1,)
    assert caplog.messages == ["kept the counts"]


def test_a_copy_leaves_the_candidate_once_it_hears_what_others_saw_of_it(
    model: Recommender, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    at_hand = rolling(model)
    stage.registry().tell(ROLLOUT, Both(calls(9, failed=9), calls(900)), NOW_MS // 1000)
    assert asked(at_hand, LIST, SEES)["model"] == "v2"

    tell(at_hand, stage.registry())

    assert asked(at_hand, LIST, SEES)["model"] == "v1"
    assert at_hand.sides.due() is None  # nor does it count any more
    assert caplog.messages == ["left the candidate"]
