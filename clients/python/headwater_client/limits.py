"""The API's limits and the client's own; the browser module states the same (tests compare them).

source: `domain/event.py`, `functions/recommend.py` of Headwater.
"""

MAX_EVENTS = 25  # one call carries one user's batch
MAX_RECENT = 50  # items that `recent` may name
# Request line and headers of a call have 10,240 bytes together. source: AWS, "Amazon API Gateway
# quotas"; the rest is for a token.
MAX_QUERY = 4_000  # characters

WINDOW_S = 2.0  # from an event to its call, unless its batch is full before
BACKOFF_S = 1.0  # most that is waited after a first failure; doubled with each further one
MAX_BACKOFF_S = 300.0
MAX_RETRY_AFTER_S = 3600.0  # a server that asks for more is asked again after an hour
HOLD_S = 300.0  # until events that were refused for their key or token are tried again
TIMEOUT_S = 30.0  # API Gateway gives up after 29. source: AWS, "Amazon API Gateway quotas"
RECENT_S = 10.0  # how long after its call a list may not know an event yet

# `recent` items count as clicks, and these speak against their item, or not for it.
NEVER_RECENT = frozenset({"impression", "dislike", "rate"})
MARK = "~"  # opens the subject of an anonymous session
