"""One list of two moments: what each ranker would show one user, drafted into one.

Only of lists whose order is the scores' alone: a rule that pins or counts places holds for a list,
and of two lists that obey it a draft may not.
"""

from collections.abc import Sequence

from domain import cursor
from domain.interleaving import interleave
from domain.key import item_key
from domain.listing import Listing, Question, recommend
from domain.ranking import Recommendation
from domain.scene import Scene
from domain.teams import MAX_PLACES, B, Slot, tail


def draft(
    control: Scene, rival: Scene, asked: Question, experiment: str, list_id: str
) -> Listing:
    """The draft, or the control's own list where none can be made. cost: of two lists.

    list_id: by it the coin falls.
    """
    listing = recommend(control, asked)
    if rival is control or not _can_be_drafted(asked):  # without a model there is nothing to weigh
        return listing
    of_a, of_b = (_by_key(found) for found in (listing, recommend(rival, asked)))
    slots = interleave(list(of_a), list(of_b), asked.ask.k, list_id)
    return Listing(listing.source, _placed(slots, of_a, of_b),
                   cursor.after((), [slot.key for slot in slots], asked.ask.k),
                   teams=tail(list_id, experiment, slots))


def _can_be_drafted(asked: Question) -> bool:
    """Is it a first page, of scores alone, that explores nothing, and short enough to be told?"""
    ask = asked.ask
    return (ask.plain and not ask.passed and asked.exploring is None
            and ask.k <= MAX_PLACES)


def _by_key(listing: Listing) -> dict[int, Recommendation]:
    return {item_key(place.item_id): place for place in listing.places}


def _placed(
    slots: Sequence[Slot], of_a: dict[int, Recommendation], of_b: dict[int, Recommendation]
) -> list[Recommendation]:
    """Each item as whoever picked it scores and explains it."""
    own = [of_b[slot.key] if slot.team == B or slot.key not in of_a else of_a[slot.key]
           for slot in slots]
    return [place._replace(rank=rank) for rank, place in enumerate(own, 1)]
