"""GetRecommendations, GetPersonalizedRanking -> what is asked of a scene, and its answer.

The last part of the ARN names the list: `for-you`, `similar-items`, `trending`, `ranking`. Filters,
promotions and context are refused until there is something here that means them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.event import check_item_id, check_user_id
from domain.given import rank_given
from domain.key import item_key
from domain.listing import Listing, Question, recommend, similar, trending_list
from domain.personalize import ARN_SCHEMA, NotFoundError, PersonalizeError, approve, named
from domain.personalize_metadata import metadata_of, unlisted
from domain.scene import Scene
from domain.schema import Check, compile_schema

FOR_YOU, SIMILAR, TRENDING, RANKING = "for-you", "similar-items", "trending", "ranking"
SURFACES = (FOR_YOU, SIMILAR, TRENDING)
# source: AWS, "GetRecommendations", "GetPersonalizedRanking" (Amazon Personalize Runtime)
DEFAULT_K, MAX_K, MAX_K_WITH_METADATA, MAX_COLUMNS = 25, 500, 50, 10
NOT_HERE = ("context", "filterArn", "filterValues", "promotions")

_ID = {"type": "string", "maxLength": 256}
_METADATA = {
    "type": "object", "maxProperties": 1, "additionalProperties": False,
    "properties": {"ITEMS": {"type": "array", "maxItems": MAX_COLUMNS,
                             "items": {"type": "string", "minLength": 1, "maxLength": 150}}}}
_ANY: dict[str, Any] = {}
GET_RECOMMENDATIONS: dict[str, Any] = {
    "type": "object", "additionalProperties": False,
    "properties": {
        "campaignArn": ARN_SCHEMA, "recommenderArn": ARN_SCHEMA, "itemId": _ID, "userId": _ID,
        "numResults": {"type": "integer", "minimum": 1, "maximum": MAX_K},
        "metadataColumns": _METADATA, **dict.fromkeys(NOT_HERE, _ANY)},
}
GET_RANKING: dict[str, Any] = {
    "type": "object", "required": ["campaignArn", "inputList", "userId"],
    "additionalProperties": False,
    "properties": {
        "campaignArn": ARN_SCHEMA, "userId": _ID,
        "inputList": {"type": "array", "minItems": 1, "maxItems": MAX_K, "items": _ID},
        "metadataColumns": _METADATA,
        **dict.fromkeys(NOT_HERE[:-1], _ANY)},  # promotions are of lists alone
}
_check_recommendations = compile_schema(GET_RECOMMENDATIONS)
_check_ranking = compile_schema(GET_RANKING)


@dataclass(frozen=True, slots=True)
class Asked:
    """A list that is asked for. columns: of an item, to be shown beside it."""

    surface: str
    user_id: str | None
    item_id: str | None
    k: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Items that are to be put in order for a user."""

    user_id: str
    item_ids: tuple[str, ...]
    columns: tuple[str, ...]


class Ordered(NamedTuple):
    """One given item in its place. score: None, when it is unknown, or may not be recommended."""

    item_id: str
    score: float | None


def parse_recommendations(body: Any) -> Asked:
    """Check a decoded body. raises: PersonalizeError, NotFoundError."""
    _approve(_check_recommendations, body)
    arns = [body[name] for name in ("campaignArn", "recommenderArn") if name in body]
    if len(arns) != 1:
        raise PersonalizeError("either campaignArn or recommenderArn is required, and not both")
    surface = _surface(arns[0], SURFACES)
    asked = Asked(surface, body.get("userId"), body.get("itemId"),
                  body.get("numResults", DEFAULT_K), _columns(body))
    if asked.columns and "numResults" in body and asked.k > MAX_K_WITH_METADATA:
        raise PersonalizeError(f"numResults must be at most {MAX_K_WITH_METADATA} with metadata")
    _need(asked)
    return asked


def parse_ranking(body: Any) -> Ranking:
    """Check a decoded body. raises: PersonalizeError, NotFoundError."""
    _approve(_check_ranking, body)
    _surface(body["campaignArn"], (RANKING,))
    asked = Ranking(body["userId"], tuple(body["inputList"]), _columns(body))
    if asked.columns and len(asked.item_ids) > MAX_K_WITH_METADATA:
        raise PersonalizeError(f"inputList must have at most {MAX_K_WITH_METADATA} entries with "
                               "metadata")
    _hold(check_user_id, asked.user_id, "userId")
    for index, item_id in enumerate(asked.item_ids):
        _hold(check_item_id, item_id, f"inputList[{index}]")
    return asked


def list_for(scene: Scene, asked: Asked, question: Question) -> Listing:
    """The list: the one place where lists are asked for.

    question: of whoever asks. Where their own acts are not what a list is made of, what they did
    is left out of it all the same, as recommenders of domains do.
    source: AWS, "VIDEO_ON_DEMAND use cases", "ECOMMERCE use cases" (Amazon Personalize).
    """
    if asked.surface == FOR_YOU:
        return recommend(scene, question)
    if asked.item_id is None:
        return trending_list(scene, "24h", question)
    return similar(scene, item_key(asked.item_id), question)


def order_for(scene: Scene, asked: Ranking, question: Question) -> list[Ordered]:
    """The given items, best first, then what may not be recommended, then what nobody knows."""
    found = rank_given(scene, question, list(dict.fromkeys(asked.item_ids)))
    times = Counter(asked.item_ids)
    order = [Ordered(place.item_id, place.score) for place in found.listing.places]
    order += [Ordered(item_id, None) for item_id, _ in found.left_out]
    order += [Ordered(item_id, None) for item_id in found.unknown]
    return [one for one in order for _ in range(times[one.item_id])]


def told_list(found: Listing, asked: Asked, recommendation_id: str) -> dict[str, Any]:
    """The answer to GetRecommendations. score: it orders, and is no probability."""
    return {"recommendationId": recommendation_id, "itemList": [
        {"itemId": place.item_id, "score": place.score, **_metadata(place.facts, asked.columns)}
        for place in found.places]}


def told_ranking(
    scene: Scene, found: Sequence[Ordered], asked: Ranking, recommendation_id: str
) -> dict[str, Any]:
    """The answer to GetPersonalizedRanking; what nothing is known of has no score."""
    return {"recommendationId": recommendation_id, "personalizedRanking": [
        {"itemId": one.item_id, **({} if one.score is None else {"score": one.score}),
         **_metadata(scene.catalog.get(item_key(one.item_id)) or {}, asked.columns)}
        for one in found]}


def _metadata(facts: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    return {"metadata": metadata_of(facts, columns)} if columns else {}


def _approve(check: Check, body: Any) -> None:
    approve(check, body)
    for name in NOT_HERE:
        if name in body:
            raise PersonalizeError(f"{name} means nothing here yet; leave it out")


def _surface(arn: str, known: Sequence[str]) -> str:
    if named(arn) not in known:
        raise NotFoundError(f"{arn} names {named(arn)}; known are {', '.join(known)}")
    return named(arn)


def _columns(body: Mapping[str, Any]) -> tuple[str, ...]:
    columns = tuple(body.get("metadataColumns", {}).get("ITEMS", ()))
    if found := unlisted(columns):
        raise PersonalizeError(f"metadataColumns has {found[0]}, which is not held where lists are "
                               "made; GET /items/{item_id} tells it")
    return columns


def _need(asked: Asked) -> None:
    """Hold the ids against what the list is made of."""
    if asked.surface == FOR_YOU and asked.user_id is None:
        raise PersonalizeError(f"userId is required for {FOR_YOU}")
    if (asked.item_id is None) == (asked.surface == SIMILAR):
        verb = "is required for" if asked.item_id is None else "means nothing to"
        raise PersonalizeError(f"itemId {verb} {asked.surface}")
    if asked.user_id is not None:
        _hold(check_user_id, asked.user_id, "userId")
    if asked.item_id is not None:
        _hold(check_item_id, asked.item_id, "itemId")


def _hold(check: Check, value: str, field: str) -> None:
    if found := check(value, ""):
        raise PersonalizeError(f"{field} {found.reason}")
