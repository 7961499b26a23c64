"""Made-up calls of every route, valid and not: schemathesis finds nothing that is not documented.

Not asked: `unsupported_method`, since API Gateway answers what no route takes, and no template can
make that a 405 with `Allow`; of administrators' routes `missing_required_header`, which wants a 401
where API Gateway answers an unsigned call with 403. Chains of calls (`stateful`) are made by
tests/flow and `make soak`.
"""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
import requests
import schemathesis
from jsonschema import Draft202012Validator
from requests.auth import AuthBase
from schemathesis import hooks
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from domain import cursor
from domain.ask_schema import MAX_K
from domain.expression import MAX_CHARS
from domain.routes import ROUTES
from local.cloud import Cloud
from local.signature import sign

EXAMPLES = 6  # of each route and phase
ADMIN = [route.key for route in ROUTES if route.admin]
# Bad entries of these are named in an answer that went well.
PARTIAL = {"POST /events": ("events", "Event"), "PUT /items": ("items", "Item")}
DONE = "2020-01-01T00:00:00Z"
LISTS = ("/recommendations", "/ranking", "/explanations", "/slates", "/similar", "/trending",
         "/batches")
WELL_SAID = {"filter": ("price < 20 or 'a' in tags", MAX_CHARS),
             "cursor": (cursor.write((1, 2)), cursor.MAX_CHARS)}


class Call(NamedTuple):
    """What was sent and answered. failures: what checks found."""

    route: str
    method: str
    sent: bytes
    status: int
    answered: bytes
    failures: list[str]

    @property
    def went_well(self) -> bool:
        """Was the route itself called, and did it do what it is for?"""
        return self.status < 300 and self.route.startswith(f"{self.method} ")


class Caller(AuthBase):
    """Brings what the route asks for: the key, or a signature."""

    def __init__(self, cloud: Cloud, *, signs: bool) -> None:
        self._cloud, self._signs = cloud, signs

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        data = body.encode() if isinstance(body, str) else body
        request.headers.update(sign(str(request.method), str(request.url), data,
                                    self._cloud.credentials)
                               if self._signs else {"x-api-key": self._cloud.api_key})
        return request


def settings(url: str) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict({
        "base-url": url, "seed": 1, "generation": {"max-examples": EXAMPLES, "database": "none"},
        "phases": {"stateful": {"enabled": False}},
        "checks": {
            "unsupported_method": {"enabled": False},
            "missing_required_header": {"expected-statuses": [403]},
            # Schemas cannot know who was erased, or which session is whose.
            "positive_data_acceptance": {"expected-statuses": ["2xx", 304, 404, 409, 410]},
        },
        "operations": [
            *({"include-name": name, "checks": {"missing_required_header": {"enabled": False}}}
              for name in ADMIN),
            {"include-name": list(PARTIAL), "checks": {
                "negative_data_rejection": {"expected-statuses": [200, 202, "4xx"]}}},
        ],
    })


def bring_to_the_past(_: Any, case: Any, __: Any) -> None:
    """A schema cannot say that events do not happen tomorrow, nor before 1970."""
    found = case.body.get("events") if isinstance(case.body, dict) else None
    for event in found if isinstance(found, list) else ():
        at = event.get("at") if isinstance(event, dict) else None
        if isinstance(at, float | int) and not isinstance(at, bool) and at > time.time() * 1000:
            event["at"] = 1
        elif isinstance(at, str) and is_time(at):
            event["at"] = DONE


def is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC).year > 0
    except (ValueError, OverflowError):
        return False


def ask_for_what_there_is(_: Any, case: Any, __: Any) -> None:
    """A schema cannot say what an expression is, nor which cursors were given."""
    if case.path.endswith(LISTS):
        for part in (case.query, case.body):
            mend(part)


def mend(part: Any) -> None:
    for name, value in part.items() if isinstance(part, dict) else ():
        if name in WELL_SAID and isinstance(value, str):
            text, most = WELL_SAID[name]
            part[name] = text if 0 < len(value) <= most else value
        elif isinstance(value, float) and value.is_integer():
            part[name] = int(value)  # 1.0 is no integer to `domain.schema`, as in draft 4
        else:
            mend(value)
    for one in part if isinstance(part, list) else ():
        mend(one)
    if isinstance(part, dict) and {"at_least", "at_most"} <= part.keys():
        least, most = part["at_least"], part["at_most"]
        if type(least) is type(most) is int and 0 <= most < least <= MAX_K:
            del part["at_least"]


@pytest.fixture(scope="module")
def document(running_cloud: Cloud) -> dict[str, Any]:
    with running_cloud.client() as client:
        found = dict(client.call("GET", "/openapi.json").body)
    # Ten thousand users and one more take minutes to make up: tests/domain/test_batch_schema.py.
    del found["components"]["schemas"]["BatchAsk"]["properties"]["users"]["maxItems"]
    return found


MENDED = (bring_to_the_past, ask_for_what_there_is)


@pytest.fixture(scope="module")
def calls(running_cloud: Cloud, document: dict[str, Any]) -> list[Call]:
    """Every call of one run."""
    schema = schemathesis.openapi.from_dict(document, config=settings(running_cloud.url))
    for routes, signs in ((ADMIN, True), ([r.key for r in ROUTES if r.keyed], False)):
        schema.auth.set_from_requests(Caller(running_cloud, signs=signs)).apply_to(name=routes)
    for mended in MENDED:  # which is for all schemas, or for none
        schemathesis.hook("before_call")(mended)
    try:
        return [call for event in from_schema(schema).execute() for call in made(event)]
    finally:
        for mended in MENDED:
            hooks.unregister(mended)


def made(event: Any) -> Iterator[Call]:
    assert not isinstance(event, events.NonFatalError | events.FatalError), vars(event)
    if isinstance(event, events.ScenarioFinished):
        for id_, found in event.recorder.interactions.items():
            checks = event.recorder.checks.get(id_, [])
            assert found.response is not None
            yield Call(event.recorder.label, found.request.method, found.request.body or b"",
                       found.response.status_code, found.response.content or b"",
                       [f"{check.name}: {check.failure_info.failure.message}"
                        for check in checks if check.failure_info])


def test_nothing_is_answered_that_is_not_documented(calls: list[Call]) -> None:
    # A schema cannot bound a URL as a whole: what is too long never reaches a route.
    found = [call for call in calls if call.failures and call.status != 414]

    assert found == []  # on failure each call, whole


def test_every_route_was_called_and_went_well(calls: list[Call]) -> None:
    well = {call.route for call in calls if call.went_well}

    # Nothing was ever erased or promoted, nothing known of whom is made up.
    assert {route.key for route in ROUTES} - well <= {
        "GET /users/{user_id}/erasure", "PUT /models/current", "GET /users/{user_id}",
        "GET /items/{item_id}", "GET /batches/{batch_id}", "POST /batches/{batch_id}/resumption"}


@pytest.mark.parametrize("route", PARTIAL)
def test_of_what_is_sent_together_each_is_taken_or_named(
    calls: list[Call], document: dict[str, Any], route: str
) -> None:
    field, name = PARTIAL[route]
    entry = Draft202012Validator({**document, "$ref": f"#/components/schemas/{name}"})

    taken = [call for call in calls if call.route == route and call.went_well]
    for call in taken:
        bad = [index for index, one in enumerate(json.loads(call.sent)[field])
               if not entry.is_valid(one)]

        assert [one["index"] for one in json.loads(call.answered)["rejected"]] == bad
    assert taken
