"""Whoever has a link may read what it leads to, and nothing else, and not for ever."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.credentials import Credentials

from functions import aws
from local.engine import Engine
from local.links import Links
from local.proxy import Request
from local.routes import Answer

KEY = "batches/ü b/000001.gz"


@pytest.fixture
def s3(engine: Engine) -> Any:
    """As functions open it, in an account with one object."""
    client = aws.s3(aws.CONFIG)
    client.create_bucket(Bucket="shelf")
    client.put_object(Bucket="shelf", Key=KEY, Body=b"lines")
    return client


def follow(s3: Any, change: tuple[str, str] = ("", ""), method: str = "GET", secret: str = "secret",
           **params: Any) -> Answer | None:
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "shelf", "Key": KEY} | params,
                                    ExpiresIn=60)
    parts = urlsplit(url.replace(*change) if change[0] else url)
    return Links(s3, Credentials("key", secret)).answer(
        Request(method, f"{parts.path}?{parts.query}", [("Host", parts.netloc)]))


def test_a_link_leads_to_its_object(s3: Any) -> None:
    found = follow(s3)

    assert found is not None
    assert (found.status, found.body) == (200, b"lines")


@pytest.mark.parametrize("change", [("000001", "000002"), ("Expires=60", "Expires=90")])
def test_a_link_that_was_changed_leads_nowhere(s3: Any, change: tuple[str, str]) -> None:
    found = follow(s3, change)

    assert found is not None
    assert found.status == 403


def test_a_link_of_another_secret_leads_nowhere(s3: Any) -> None:
    found = follow(s3, secret="other")

    assert found is not None
    assert found.status == 403


def test_what_is_not_there_is_not_found(s3: Any) -> None:
    found = follow(s3, Key="nothing")

    assert found is not None
    assert found.status == 404


def test_a_link_ends(s3: Any) -> None:
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "shelf", "Key": KEY},
                                    ExpiresIn=0)
    parts = urlsplit(url)

    found = Links(s3, Credentials("key", "secret")).answer(
        Request("GET", f"{parts.path}?{parts.query}", [("Host", parts.netloc)]))

    assert found is not None
    assert found.status == 403


def test_any_other_call_is_no_link(s3: Any) -> None:
    assert follow(s3, method="HEAD") is None
    plain = Request("GET", "/items/a?k=1", [])
    assert Links(s3, Credentials("key", "secret")).answer(plain) is None
