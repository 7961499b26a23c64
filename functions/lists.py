"""What is asked for -> the list: one user's, items like an item, a list of the caller's, slates."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.ask import Ask, parse_ask
from domain.ask_schema import check_explanation, check_ranking, check_slates
from domain.event import EventError, subject_of
from domain.features import UserState, with_recent
from domain.key import item_key
from domain.listing import Listing, Question, recommend, similar, trending_list
from domain.parameter import Parameter
from domain.parameters import OF_A_LIST, OF_A_USERS_LIST, WINDOW
from domain.ranking import SOURCES, named
from domain.scene import Scene
from domain.schema import Check
from functions import shadow
from functions.api import Request, approve
from functions.desk import Desk
from functions.personal import (
    answer_to,
    heard,
    new_id,
    now,
    odds,
    question_of,
    seen_by,
    told,
    told_of,
    wish_of,
)

if TYPE_CHECKING:
    from domain.explaining import Standing

RECENT_TYPE = "click"  # what `recent` items count as until their events arrive


metrics = Metrics(service="recommend")


def get_recommendations(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with the list for one user, as of this moment."""
    return made_for(desk, request.user_id(), _asked_in_query(request, OF_A_USERS_LIST))


def post_recommendations(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """The same, of whatever a body may ask for."""
    return made_for(desk, request.user_id(), request.json())


def made_for(desk: Desk, subject: str, body: Any) -> tuple[int, dict[str, Any]]:
    """200 with the list that a body asks for, for one user."""
    now_ms, list_id = now(), new_id()
    wish = wish_of(desk, body, now_ms)
    seen = seen_by(desk, subject, now_ms)
    state = _state(desk, subject, wish.ask.recent, now_ms)
    explores = seen.assigned.flags.get("exploration") is not False
    exploring = desk.exploring(list_id, now_ms, "recommendations") if explores else None
    asked, began_s = question_of(seen, state, wish, exploring), desk.sides.spent_s
    listing = answer_to(asked, seen, list_id)
    took_s = desk.sides.spent_s - began_s
    _count_for(desk, state, listing, now_ms)
    shadow.cast(desk, subject, seen.assigned, asked, listing, took_s)
    return 200, {"user_id": subject, **told_of(seen, listing, wish, list_id)}


def post_ranking(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with the caller's own list in the order of one user.

    unknown: ids that nobody knows, last and as they were given. left_out: what the request or a
    rule of the deployment hides, and by what.
    """
    from domain.given import rank_given  # by who first asks, and not by every copy that starts

    subject, body, now_ms = request.user_id(), _checked(request.json(), check_ranking), now()
    item_ids = list(dict.fromkeys(body.pop("items")))
    # Who gives a list wants it ordered, also what was seen of it.
    ask = parse_ask({"exclude_seen": False, **body}, desk.vocabulary)
    ask, rules = desk.rules.over(ask, "ranking", body.get("context", {}), now_ms)
    scene, state = desk.scene(now_ms, subject), _state(desk, subject, ask.recent, now_ms)
    found = rank_given(scene, Question(state.history, desk.vocabulary, now_ms, ask), item_ids)
    _count_for(desk, state, found.listing, now_ms)
    answer = told(scene, found.listing, rules, new_id())
    return 200, {"user_id": subject, **answer, **heard(scene, ask), "unknown": found.unknown,
                 "left_out": [{"item_id": item_id, "reason": why}
                              for item_id, why in found.left_out]}


def post_explanations(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with why an item stands where it does in the list that a body asks for, or why not.

    rank: None for an item that does not stand among the first 500. hidden: what keeps it out.
    """
    from domain.explaining import explain  # as above

    subject, body = request.user_id(), _checked(request.json(), check_explanation)
    now_ms, item_id = now(), body.pop("item_id")
    ask, rules = desk.rules.over(parse_ask(body, desk.vocabulary), "recommendations",
                                 body.get("context", {}), now_ms)
    scene, state = desk.scene(now_ms, subject), _state(desk, subject, ask.recent, now_ms)
    exploring = desk.exploring(new_id(), now_ms, "recommendations")
    found = explain(scene, Question(state.history, desk.vocabulary, now_ms, ask, exploring),
                    item_id)
    return 200, {
        "user_id": subject, "item_id": item_id, "source": found.source,
        "why": SOURCES[found.source], "model": scene.version, "rules": rules,
        **_standing(found.standing), "hidden": found.hidden,
        **({} if found.explored is None else {"explored": odds(found.explored)}),
        "parts": [{"signal": part.signal, "score": round(part.score, 4),
                   "because": named(part.because, scene.name)} for part in found.parts],
        "without": [{"item_id": one.item_id, **_standing(one.standing)}
                    for one in found.without]}


def post_slates(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with several lists for one user, none of which holds what an earlier one does."""
    body, now_ms = _checked(request.json(), check_slates), now()
    subject = subject_of(body)
    request.bind(subject)
    context = body.get("context", {})
    scene = desk.scene(now_ms, subject)
    state = _state(desk, subject, body.get("recent", ()), now_ms)
    taken, slates = frozenset[int](), list[dict[str, Any]]()
    for number, placement in enumerate(body["placements"]):
        ask = _placed(desk, placement, context, f"placements[{number}]")
        ask, rules = desk.rules.over(ask, "slates", context, now_ms)
        list_id, name = new_id(), placement["name"]
        listing = recommend(scene, Question(state.history, desk.vocabulary, now_ms,
                                            ask.beside(taken),
                                            desk.exploring(list_id, now_ms, "slates", name)))
        taken |= {item_key(place.item_id) for place in listing.places}
        _count_for(desk, state, listing, now_ms)
        slates.append({"name": name, **told(scene, listing, rules, list_id), **heard(scene, ask)})
    return 200, {"user_id": subject, "slates": slates}


def get_similar(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with items like one item; an item nobody knows gets what is trending."""
    item_id, now_ms, list_id = request.item_id(), now(), new_id()
    ask, rules = _ask_of_nobody(desk, request, "similar", now_ms)
    scene = desk.scene(now_ms)
    listing = similar(scene, item_key(item_id), Question(
        (), desk.vocabulary, now_ms, ask, desk.exploring(list_id, now_ms, "similar")))
    return 200, {"item_id": item_id, **_answer(list_id, scene, listing, "similar", rules)}


def get_trending(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with what everybody does, as the chosen half-life weighs it."""
    window, now_ms, list_id = request.asked(WINDOW), now(), new_id()
    ask, rules = _ask_of_nobody(desk, request, "trending", now_ms)
    scene = desk.scene(now_ms)
    listing = trending_list(scene, window, Question(
        (), desk.vocabulary, now_ms, ask, desk.exploring(list_id, now_ms, "trending")))
    return 200, {"window": window, **_answer(list_id, scene, listing, "trending", rules)}


def _asked_in_query(request: Request, known: Iterable[Parameter[Any]]) -> dict[str, Any]:
    """What a query asks for, as a body would."""
    found = {parameter.name: request.asked(parameter) for parameter in known}
    return {name: value for name, value in found.items() if value is not None}


def _ask_of_nobody(
    desk: Desk, request: Request, surface: str, now_ms: int
) -> tuple[Ask, list[str]]:
    ask = parse_ask(_asked_in_query(request, OF_A_LIST), desk.vocabulary)
    return desk.rules.over(ask, surface, {}, now_ms)


def _placed(desk: Desk, placement: Mapping[str, Any], context: Any, field: str) -> Ask:
    said = {name: value for name, value in placement.items() if name != "name"}
    try:
        return parse_ask({**said, "context": context}, desk.vocabulary)
    except EventError as error:
        raise EventError(f"{field}.{error.field}", error.reason) from error


def _state(desk: Desk, subject: str, recent: Sequence[str], now_ms: int) -> UserState:
    state = desk.state(subject)
    if not recent:
        return state
    return with_recent(state, recent, desk.vocabulary.by_name[RECENT_TYPE].code, now_ms)


def _standing(found: "Standing") -> dict[str, Any]:
    return {"rank": found.rank,
            "score": None if found.score is None else round(found.score, 4)}


def _checked(body: Any, check: Check) -> dict[str, Any]:
    approve(check, body, "body")
    return dict(body)


def _answer(
    list_id: str, scene: Scene, listing: Listing, wanted: str, rules: list[str]
) -> dict[str, Any]:
    """The answer's list. wanted: the source this route is about; any other is a fallback."""
    _count(listing, wanted)
    return told(scene, listing, rules, list_id)


def _count_for(desk: Desk, state: UserState, listing: Listing, now_ms: int) -> None:
    """A list for one user: during a rollout also on the side that it is of."""
    _count(listing, "personal")
    desk.made(state, fallback=listing.source != "personal", empty=not listing.places,
              now_ms=now_ms)


def _count(listing: Listing, wanted: str) -> None:
    metrics.add_metric(metric.RECOMMENDATIONS, MetricUnit.Count, 1)
    metrics.add_metric(metric.FALLBACKS, MetricUnit.Count, listing.source != wanted)
    metrics.add_metric(metric.EMPTY_LISTS, MetricUnit.Count, not listing.places)
