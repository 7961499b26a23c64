"""Data sets of Personalize come into a cloud through its API, here or elsewhere, once."""

import argparse
import json
from pathlib import Path

import pytest

from functions.users import Users
from local import import_personalize
from local.cloud import Cloud
from tests.local.test_personalize_data import FIELDS, source


def asked(folder: Path, *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    import_personalize.add_arguments(parser)
    rows = [f"u{n % 3},i{n},{1_700_000_000 + n},Watch" for n in range(40)]
    source(folder, "Interactions", {**FIELDS, "EVENT_TYPE": "string"}, [*rows, "u1,i1,x,Watch"])
    source(folder, "Items", {"ITEM_ID": "string", "TITLE": "string"}, ["i1,One"])
    return parser.parse_args([
        "--interactions", str(folder / "Interactions.csv"),
        "--interactions-schema", str(folder / "Interactions.json"),
        "--items", str(folder / "Items.csv"), "--items-schema", str(folder / "Items.json"),
        "--event-type", "Watch=view", *more])


def imported(folder: Path, *more: str) -> object:
    with pytest.raises(SystemExit) as ended:
        import_personalize.run(asked(folder, *more))
    return ended.value.code


def events_of(cloud: Cloud, user: str) -> int:
    cloud.drain()
    table = cloud.by_verb["update_user_features"].environment["HEADWATER_USERS_TABLE"]
    return sum(Users(table).get(user).state.counts.values())


def test_a_local_cloud_is_filled_and_what_was_left_out_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "cloud"

    status = imported(tmp_path, "--data", str(data))

    assert status == 1
    assert "40 events of 3 users, 40 items, 0 described users; 1 left out" in (
        said := capsys.readouterr().out)
    assert "Interactions.csv line 42: TIMESTAMP 'x' is no long" in said
    with Cloud(data, live=False) as cloud, cloud.client() as client:
        assert events_of(cloud, "u0") == 14
        assert client.call("GET", "/items/i1").body["title"] == "One"


def test_a_deployment_is_filled_once_though_how_far_it_got_was_lost(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", cloud.credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", cloud.credentials.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    there = ("--url", cloud.url + "/", "--key", cloud.api_key)

    imported(tmp_path, *there)
    notes = tmp_path / "Interactions.loaded.json"
    known = json.loads(notes.read_text())
    notes.unlink()
    imported(tmp_path, *there)

    assert known["loaded"]["name"] == "Interactions.csv"
    assert [events_of(cloud, user) for user in ("u0", "u1", "u2")] == [14, 13, 13]


@pytest.mark.parametrize("more", [
    ("--users", "x.csv"), ("--url", "https://api.example"), ("--event-types", "{", "--url", "x",
                                                            "--key", "k")])
def test_what_cannot_be_begun_says_why(
    tmp_path: Path, more: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")

    status = imported(tmp_path, "--data", str(tmp_path / "cloud"), *more)

    assert str(status).startswith("Nothing more was loaded: ")
