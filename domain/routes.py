"""Every route of the API, stated once: infra opens them, functions answer them, `/docs` tells them.

To add one, add it here; the function of its `verb` must have it among its own routes.
"""

from domain import answers, ask_schema, batch_schema, export, parameters, receipt
from domain.catalog import FACTS_SCHEMA, USER_SCHEMA
from domain.event import EVENTS_SCHEMA, JOIN_SCHEMA, TAKEN_SCHEMA, USER_ID_SCHEMA
from domain.route import Answer, Route, Who

_ERASED = {410: "The user was erased."}
_USER = "/users/{user_id}"
_NO_BATCH = {404: "There is no such batch, or none any more."}

# A usage plan limits keys; what none is asked for is limited route by route. 20 calls/s of 100
# items are half of the 4,000 writes/s that a new on-demand table takes.
# source: AWS, "DynamoDB on-demand capacity mode", initial throughput.
ROUTES = (
    Route("POST", "/events", "ingest_events",
          "One user's events, 1 to 25. A bad one is named, the others are taken. user_id says "
          "whose they are, or session_id alone of an anonymous visitor.", Who.USER,
          {202: Answer("What was accepted is on the stream, and so not lost.", TAKEN_SCHEMA)},
          _ERASED, body=EVENTS_SCHEMA),
    Route("PUT", "/items", "manage_catalog",
          "Facts of 1 to 100 items. A bad one is named, the others are kept.", Who.ADMIN,
          {200: Answer("They are kept, and in lists within seconds.", TAKEN_SCHEMA)},
          body=FACTS_SCHEMA, rate_s=20),
    Route("GET", "/items/{item_id}", "manage_catalog", "The facts of one item.", Who.KEY,
          {200: Answer("As they were sent.", answers.ITEM)}, {404: "There is no such item."}),
    Route("GET", "/items/{item_id}/similar", "recommend",
          "Items like one item; an unknown one gets what is trending.", Who.KEY,
          {200: Answer("The list, best first.", answers.SIMILAR_LIST)},
          parameters=parameters.OF_A_LIST),
    Route("PUT", _USER, "manage_users", "What the deployment says of a user, in place of what it "
          "said before.", Who.USER,
          {200: Answer("It is kept.", answers.USER_KEPT)}, _ERASED, body=USER_SCHEMA),
    Route("GET", _USER, "manage_users", "Attributes, newest events and affinities of a user.",
          Who.USER, {200: Answer("What is known.", answers.PROFILE)},
          {404: "Nothing is known of the user."}),
    Route("POST", _USER + "/sessions", "manage_users",
          "An anonymous visitor said who they are: what the session did and will do is the user's.",
          Who.USER, {200: Answer("It is, for good.", answers.JOINED)},
          {409: "The session is another user's.", 410: "The user or the session was erased."},
          named={"user_id": USER_ID_SCHEMA}, body=JOIN_SCHEMA),
    Route("DELETE", _USER, "manage_privacy", "Forget a user, or a session that is nobody's.",
          Who.ADMIN, {200: Answer("Gone from the tables; from the log within a day.",
                                  receipt.ERASED_SCHEMA)},
          {409: "The session is joined to a user, and goes with them."},
          parameters=(parameters.FORGET,), rate_s=20),
    Route("PUT", _USER + "/consent", "manage_privacy",
          "Take the events of an erased user again.", Who.ADMIN,
          {200: Answer("They are taken.", answers.CONSENTED)}, rate_s=20),
    Route("GET", _USER + "/erasure", "manage_privacy", "What was erased of a user, and when.",
          Who.ADMIN, {200: Answer("The last receipt, and those before it.",
                                  receipt.RECEIPTS_SCHEMA)},
          {404: "Nothing was ever erased of the user."}, rate_s=20),
    Route("GET", _USER + "/export", "manage_privacy", "All that is held of a user.", Who.ADMIN,
          {200: Answer("All of it.", export.EXPORT_SCHEMA),
           202: Answer("All but the event log, which is being searched: ask again within the hour.",
                       export.SEARCHING_SCHEMA)}, _ERASED, rate_s=20),
    Route("GET", _USER + "/recommendations", "recommend",
          "The list for one user, as of this moment. A list always comes; `source` says from what "
          "it is made.", Who.USER, {200: Answer("The list, best first.", answers.USER_LIST)},
          parameters=parameters.OF_A_USERS_LIST),
    Route("POST", _USER + "/recommendations", "recommend",
          "The same, of whatever a body may ask for: what is lifted, held at a place, capped, "
          "mixed.", Who.USER, {200: Answer("The list, best first.", answers.USER_LIST)},
          body=ask_schema.ASK_SCHEMA),
    Route("POST", _USER + "/ranking", "recommend",
          "The caller's own items in the order of one user. None is dropped without a word.",
          Who.USER, {200: Answer("The items, best first.", answers.RANKED_LIST)},
          body=ask_schema.RANKING_SCHEMA),
    Route("POST", _USER + "/explanations", "recommend",
          "Why an item stands where it does in the list that the body asks for, or why it does "
          "not.", Who.USER, {200: Answer("Its place, and what it rests on.",
                                         answers.EXPLANATION)},
          body=ask_schema.EXPLANATION_SCHEMA),
    Route("POST", "/slates", "recommend",
          "Several lists for one user, or one anonymous session. No item stands in two.", Who.USER,
          {200: Answer("A list for each placement, in their order.", answers.SLATES)},
          body=ask_schema.SLATES_SCHEMA),
    Route("GET", "/trending", "recommend", "What everybody does.", Who.KEY,
          {200: Answer("The list, best first.", answers.TRENDING_LIST)},
          parameters=(*parameters.OF_A_LIST, parameters.WINDOW)),
    Route("GET", "/trending/withheld", "recommend", "What did not count in trends, and by which "
          "limit.", Who.ADMIN, {200: Answer("By item.", answers.WITHHELD)},
          parameters=(parameters.K, parameters.WITHHELD_OF), rate_s=5),
    Route("GET", "/health", "recommend", "What serves now.", Who.KEY,
          {200: Answer("It serves.", answers.HEALTH)}, rate_s=20),
    Route("GET", "/models", "manage_models", "Every model judged, and how.", Who.ADMIN,
          {200: Answer("The shelf.", answers.SHELF)}, rate_s=5),
    Route("PUT", "/models/current", "manage_models",
          "Let another model serve, all or some: back, or forward. A rollout that is on "
          "ends by it.", Who.ADMIN,
          {200: Answer("It serves everywhere within half a minute.", answers.POINTED)},
          {404: "It was never promoted.", 409: "Another one was chosen meanwhile."},
          body=answers.POINTER_SCHEMA, rate_s=1),
    Route("POST", "/batches", "manage_batches",
          "Make the lists of all users, or of those listed, each as its own route would.",
          Who.ADMIN, {202: Answer("They are being made.", batch_schema.BATCH)},
          body=batch_schema.BATCH_SCHEMA, rate_s=1),
    Route("GET", "/batches", "manage_batches", "The last batches.", Who.ADMIN,
          {200: Answer("How far each is.", batch_schema.BATCHES)}, rate_s=1),
    Route("GET", "/batches/{batch_id}", "manage_batches", "How far a batch is, and its parts.",
          Who.ADMIN, {200: Answer("With a link to each finished part.",
                                  batch_schema.BATCH_PARTS)},
          _NO_BATCH, parameters=(parameters.PART,), rate_s=5),
    Route("POST", "/batches/{batch_id}/resumption", "manage_batches",
          "Go on with a batch that stalled; of one that runs, a segment may be made twice.",
          Who.ADMIN, {202: Answer("What was not made is being made.", batch_schema.BATCH)},
          _NO_BATCH, rate_s=1),
    Route("GET", "/openapi.json", "describe_api", "This document.", Who.ANYBODY,
          {200: Answer("OpenAPI 3.1.", answers.DOCUMENT)}, rate_s=1),
    Route("GET", "/docs", "describe_api", "This document as a page.", Who.ANYBODY,
          {200: Answer("HTML without a script.", answers.PAGE, "text/html")},
          rate_s=1),
)
