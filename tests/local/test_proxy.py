import base64

import pytest

from local.proxy import MalformedError, Request, answer_of


def test_an_answer_becomes_http() -> None:
    answer = answer_of({"statusCode": 202, "headers": {"X-A": 1}, "body": "{}",
                        "multiValueHeaders": {"X-B": ["1", "2"]}})

    assert answer.status == 202
    assert answer.body == b"{}"
    assert answer.headers == [("X-A", "1"), ("X-B", "1"), ("X-B", "2"),
                              ("Content-Type", "application/json")]


def test_a_binary_answer_is_decoded() -> None:
    body = base64.b64encode(b"\x00\xff").decode()

    assert answer_of({"statusCode": 200, "body": body, "isBase64Encoded": True}).body == b"\x00\xff"


@pytest.mark.parametrize("result", [None, "text", {}, {"statusCode": "many"},
                                    {"statusCode": 200, "body": 5}])
def test_what_is_no_answer_is_refused(result: object) -> None:
    with pytest.raises(MalformedError):
        answer_of(result)


def test_a_request_knows_its_path_and_headers() -> None:
    request = Request("GET", "/a%20b?c=1", [("X-Key", "one"), ("x-key", "two")])

    assert request.path == "/a%20b"
    assert request.header("X-KEY") == "two"
    assert request.values["x-key"] == ["one", "two"]
    assert request.header("absent") == ""
