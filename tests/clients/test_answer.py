import pytest
from headwater_client.answer import Answer, ApiError, Verdict

TAKEN, REFUSED, ERASED, HELD, RETRIED = Verdict


@pytest.mark.parametrize(("status", "verdict"), [
    (400, REFUSED), (404, REFUSED), (409, REFUSED), (413, REFUSED), (415, REFUSED), (422, REFUSED),
    (401, HELD), (403, HELD), (410, ERASED),
    (408, RETRIED), (429, RETRIED),
    (500, RETRIED), (502, RETRIED), (503, RETRIED), (504, RETRIED), (599, RETRIED),
    (0, RETRIED), (200, RETRIED), (204, RETRIED), (302, RETRIED), (304, RETRIED),
])
def test_a_status_says_what_becomes_of_events(status: int, verdict: Verdict) -> None:
    assert Answer(status, {"error": {}}).verdict(joining=False) is verdict


@pytest.mark.parametrize(("body", "verdict"), [
    ({"accepted": 3}, TAKEN), ({"accepted": 0}, TAKEN), ({}, RETRIED),
    ({"accepted": None}, RETRIED), ({"message": "queued"}, RETRIED)])
def test_only_the_apis_own_words_say_that_events_are_taken(
    body: dict[str, object], verdict: Verdict
) -> None:
    assert Answer(202, body).verdict(joining=False) is verdict


@pytest.mark.parametrize(("answer", "verdict"), [
    (Answer(200, {"joined": True}), TAKEN), (Answer(200, {}), RETRIED),
    (Answer(202, {"accepted": 1}), RETRIED), (Answer(409), REFUSED), (Answer(410), ERASED),
    (Answer(503), RETRIED),
    # The route may be for administrators alone: nobody's events wait for it.
    (Answer(401), REFUSED), (Answer(403), REFUSED), (Answer(404), REFUSED)])
def test_a_session_is_joined_or_not(answer: Answer, verdict: Verdict) -> None:
    assert answer.verdict(joining=True) is verdict


@pytest.mark.parametrize(("body", "message", "field"), [
    ({"error": {"code": "invalid", "message": "no", "field": "user_id"}}, "no", "user_id"),
    ({"error": {"code": "invalid", "message": "no", "field": None}}, "no", None),
    ({"message": "Forbidden"}, "Forbidden", None),
    ({"error": "odd"}, "no answer", None), ({}, "no answer", None)])
def test_an_answer_is_told_in_the_servers_words(
    body: dict[str, object], message: str, field: str | None
) -> None:
    answer = Answer(403, body)

    assert (answer.message, answer.field) == (message, field)
    assert str(ApiError(answer)) == f"403: {message}"
