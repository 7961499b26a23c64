"""For how long anybody may keep an answer that went well; what is not named here nobody may keep.

Apart from `domain.routes`, so that a function that only answers need not load the whole table.
"""

# So much older may a list be than what everybody did: it is at most ten seconds old by itself.
LIST_S = 10
DOCS_S = 3600  # they change when a deployment does

FRESH_S = {
    "GET /items/{item_id}/similar": LIST_S,
    "GET /trending": LIST_S,
    "GET /openapi.json": DOCS_S,
    "GET /docs": DOCS_S,
}
