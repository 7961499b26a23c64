from local.client import encode
from local.cloud import Cloud


def test_a_call_carries_the_key_and_an_admin_call_the_signature(cloud: Cloud) -> None:
    with cloud.client() as client:
        assert client.call("GET", "/health").status == 200
        assert client.call("GET", "/models").status == 403
        assert client.call("GET", "/models", admin=True).status == 200


def test_any_id_survives_its_way_through_a_path(cloud: Cloud) -> None:
    item_id = "ü/ a+b%2F?#'; DROP"
    with cloud.client() as client:
        client.call("PUT", "/items", {"items": [{"item_id": item_id}]}, admin=True)

        answer = client.call("GET", f"/items/{encode(item_id)}")

    assert answer.status == 200
    assert answer.body["item_id"] == item_id
    assert answer.ms > 0


def test_a_page_is_read_as_text(cloud: Cloud) -> None:
    with cloud.client() as client:
        assert client.call("GET", "/docs").body.startswith("<!doctype html>")
