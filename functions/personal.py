"""One user's list, of a state that was read: what answers and lines of batches have in common."""

import os
import time
from typing import Any, NamedTuple

from domain.ask import Ask, parse_ask
from domain.experiment import Assignment
from domain.exploring import Exploring
from domain.features import UserState
from domain.listing import Listing, Question, recommend
from domain.ranking import SOURCES
from domain.scene import Scene
from domain.vocabulary import Vocabulary
from functions.desk import Desk


class Wish(NamedTuple):
    """What is asked for at a moment, under the rules of that moment, which are named."""

    ask: Ask
    rules: list[str]
    now_ms: int


class Seen(NamedTuple):
    """The moment as the variants that run for one user see it.

    rival: as the other ranker sees it whose picks are drafted beside; None without an interleaving.
    """

    scene: Scene
    assigned: Assignment
    vocabulary: Vocabulary
    rival: Scene | None = None


def wish_of(desk: Desk, body: Any, now_ms: int) -> Wish:
    """What a body asks for. raises: EventError, naming the field."""
    ask = parse_ask(body, desk.vocabulary)
    return Wish(*desk.rules.over(ask, "recommendations", body.get("context", {}), now_ms), now_ms)


def seen_by(desk: Desk, subject: str, now_ms: int) -> Seen:
    """The moment, for one user."""
    assigned = desk.experiments.assign(subject, now_ms)
    rival = assigned.duel and desk.scene_of(assigned.duel.weights, now_ms, subject)
    scene = desk.scene_of(assigned.weights, now_ms, subject)
    return Seen(scene, assigned, desk.vocabulary, rival)


def listing_of(
    seen: Seen, state: UserState, wish: Wish, list_id: str, exploring: Exploring | None = None
) -> Listing:
    """The list of whoever has this state."""
    return answer_to(question_of(seen, state, wish, exploring), seen, list_id)


def question_of(
    seen: Seen, state: UserState, wish: Wish, exploring: Exploring | None = None
) -> Question:
    """What whoever has this state asks."""
    return Question(state.history, seen.vocabulary, wish.now_ms, wish.ask, exploring)


def answer_to(asked: Question, seen: Seen, list_id: str) -> Listing:
    """The list, by the model that this user sees, or by two rankers."""
    if seen.rival is None or seen.assigned.duel is None:
        return recommend(seen.scene, asked)
    from domain.drafting import draft  # by who first drafts, and not by every copy that starts

    return draft(seen.scene, seen.rival, asked, seen.assigned.duel.experiment, list_id)


def told_of(seen: Seen, listing: Listing, wish: Wish, list_id: str) -> dict[str, Any]:
    """One user's list, in words, and the variants that it is of."""
    return {**told(seen.scene, listing, wish.rules, list_id + listing.teams),
            **heard(seen.scene, wish.ask),
            **seen.assigned.told(drafted=bool(listing.teams))}


def told(scene: Scene, listing: Listing, rules: list[str], list_id: str) -> dict[str, Any]:
    """A list, in words."""
    items = [{"item_id": place.item_id, "rank": place.rank, "score": round(place.score, 4),
              "reasons": place.reasons, "title": place.facts.get("title"),
              **({} if place.propensity is None else {"propensity": odds(place.propensity)})}
             for place in listing.places]
    return {"recommendation_id": list_id, "source": listing.source,
            "why": SOURCES[listing.source], "model": scene.version, "rules": rules,
            "items": items, "cursor": listing.cursor}


def heard(scene: Scene, ask: Ask) -> dict[str, Any]:
    """Of the objectives that were asked for, those that the model tells chances of."""
    if not ask.objectives:
        return {}
    ranker = scene.model.ranker if scene.model else None
    return {"objectives": ranker.known(ask.objectives) if ranker else {}}


def odds(propensity: float) -> float:
    """To six digits that count: a small one is as exact as a large one."""
    return float(f"{propensity:.6g}")


def now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """Of a list: 128 bits of the kernel's, of which no two copies have the same."""
    return os.urandom(16).hex()
