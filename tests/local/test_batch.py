"""Lists of all users come into one file, whatever stops on the way."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials

from local import batch
from local.administrator import RefusedError
from local.batch import follow
from local.client import Client, Reply
from local.cloud import Cloud


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cloud, Path]]:
    """A cloud that moves by itself, three users in it, and its folder."""
    data = tmp_path_factory.mktemp("cloud")
    with Cloud(data, window_scale=0.02) as cloud, cloud.client() as client:
        for user in ("ann", "bob", "cid"):
            event = {"event_id": user, "type": "click", "item_id": "a"}
            client.call("POST", "/events", {"user_id": user, "events": [event]})
        cloud.drain()
        yield cloud, data


def asked(live: tuple[Cloud, Path], to: Path, *more: str) -> argparse.Namespace:
    cloud, data = live
    parser = argparse.ArgumentParser()
    batch.add_arguments(parser)
    return parser.parse_args(["--to", str(to), "--data", str(data),
                              "--port", cloud.url.rpartition(":")[2], *more])


def users(path: Path) -> list[str]:
    return sorted(json.loads(line)["user_id"] for line in path.read_text().splitlines())


def test_all_users_come_into_one_file_and_again_when_it_is_resumed(
    live: tuple[Cloud, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "POLL_S", 0.05)
    first, again = tmp_path / "first.jsonl", tmp_path / "again.jsonl"

    batch.run(asked(live, first, "--ask", '{"k": 2}', "--name", "mails"))
    batch_id = capsys.readouterr().out.split("--resume ")[1].split()[0]
    folder = tmp_path / f"again.jsonl.{batch_id}"
    folder.mkdir()
    (folder / "000001.new").write_bytes(b"half of it")  # it was stopped here
    batch.run(asked(live, again, "--resume", batch_id))

    assert users(first) == ["ann", "bob", "cid"]
    assert again.read_text() == first.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.jsonl", "first.jsonl"]
    assert "3 users in" in capsys.readouterr().out


def test_those_of_a_file_alone(live: tuple[Cloud, Path], tmp_path: Path) -> None:
    (tmp_path / "users.txt").write_text("bob\n\nnobody\n")

    batch.run(asked(live, tmp_path / "to.jsonl", "--users", str(tmp_path / "users.txt")))

    assert users(tmp_path / "to.jsonl") == ["bob", "nobody"]


@pytest.mark.parametrize(("more", "said"), [
    (["--ask", "{"], "--ask is no JSON"), (["--ask", '{"k": 0}'], "answered 400"),
    (["--resume", "20260101T000000-00000000"], "answered 404"), (["--port", "1"], "Not reached"),
    (["--sessions", "--data", "/nowhere"], "is no folder of a local cloud")])
def test_what_is_wrong_is_said(
    live: tuple[Cloud, Path], tmp_path: Path, more: list[str], said: str
) -> None:
    with pytest.raises(SystemExit, match=said):
        batch.run(asked(live, tmp_path / "to.jsonl", *more))


def test_more_users_than_one_batch_takes_are_refused(
    live: tuple[Cloud, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MAX_LISTED", 1)
    (tmp_path / "users.txt").write_text("bob\nann\n")

    with pytest.raises(SystemExit, match="names 2 users"):
        batch.run(asked(live, tmp_path / "to.jsonl", "--users", str(tmp_path / "users.txt")))


def test_what_stalls_is_told_and_how_to_go_on() -> None:
    class Stalled(Client):
        def call(self, method: str, path: str, body: Any = None, **_: Any) -> Reply:
            return Reply(200, {"segments": 4, "segments_done": 1, "users_done": 9,
                               "state": "stalled", "troubles": ["no table"]}, 1.0)

    client = Stalled("http://127.0.0.1:1", "", Credentials("key", "secret"))

    with pytest.raises(RefusedError, match=r"no table.*--resume b"):
        follow(client, "b")
