"""What calls may say in their query, each parameter once.

To add one: state it here, name it in its route (`domain.routes`), read it with `Request.asked`.
"""

from domain.ask_schema import (
    CURSOR_SCHEMA,
    DEFAULT_K,
    FILTER_SCHEMA,
    MAX_EXCLUDED,
    MAX_K,
    MAX_RECENT,
)
from domain.decay import HALF_LIVES_MS
from domain.event import ID_SCHEMA
from domain.layout import MAX_SEGMENTS
from domain.parameter import choice, flag, text, texts, whole

K = whole("k", "How many items the list may hold.", default=DEFAULT_K, most=MAX_K)
CURSOR = text(
    "cursor", "Of the page before: the list goes on after it, with what was not shown yet.",
    CURSOR_SCHEMA)
FILTER = text("filter", "An expression that is true of every item of the list.", FILTER_SCHEMA)
EXCLUDE = texts("exclude", "Items that are not shown.", ID_SCHEMA, most=MAX_EXCLUDED)
EXCLUDE_SEEN = flag(
    "exclude_seen", "Leave out items among the user's newest events.", default=True)
RECENT = texts(
    "recent", "Items of events that the caller still holds back, oldest first: this very call "
    "knows them already.", ID_SCHEMA, most=MAX_RECENT)
WINDOW = choice(
    "window", "After how long an event counts half.", default="24h", among=list(HALF_LIVES_MS))
OF_A_LIST = (K, CURSOR, FILTER, EXCLUDE)  # that everybody sees
OF_A_USERS_LIST = (*OF_A_LIST, EXCLUDE_SEEN, RECENT)
WITHHELD_OF = text("item_id", "Of this item alone; else of those where it is most.", ID_SCHEMA)
FORGET = choice(
    "forget", "All there is of the user, whose events are refused from then on; or the events, "
    "after which the user is taken for new.", default="all", among=("all", "events"))
PART = whole("part", "The first part of a batch that is told of.", default=1, most=MAX_SEGMENTS)
