"""What calls may say in their query, each parameter once.

To add one: state it here, name it in its route (`domain.routes`), read it with `Request.asked`.
"""

from domain.decay import HALF_LIVES_MS
from domain.event import ID_SCHEMA
from domain.parameter import choice, flag, text, texts, whole
from domain.ranking import MAX_K

K = whole("k", "How many items the list may hold.", default=10, most=MAX_K)
EXCLUDE_SEEN = flag(
    "exclude_seen", "Leave out items among the user's newest events.", default=True)
RECENT = texts(
    "recent", "Items of events that the caller still holds back, oldest first: this very call "
    "knows them already.", ID_SCHEMA, most=50)
WINDOW = choice(
    "window", "After how long an event counts half.", default="24h", among=list(HALF_LIVES_MS))
WITHHELD_OF = text("item_id", "Of this item alone; else of those where it is most.", ID_SCHEMA)
FORGET = choice(
    "forget", "All there is of the user, whose events are refused from then on; or the events, "
    "after which the user is taken for new.", default="all", among=("all", "events"))
