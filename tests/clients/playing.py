"""One scenario of `scenarios.json`, played with each client: what is alike for all of them."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from headwater_client import Answer, AsyncClient, Client, Drop

HERE = Path(__file__).parent
NODE = Path(sys.executable).with_name("node")
MODULE = HERE.parents[1] / "clients/js/headwater.min.js"
SESSION = "s1"


class Played(NamedTuple):
    """What a client says of itself in the end. drops: reason, status, field of each."""

    tracked: int
    accepted: int
    dropped: dict[str, int]
    drops: list[list[Any]]
    troubles: list[int]


class Told:
    """What a client told its owner."""

    def __init__(self) -> None:
        self.drops, self.troubles = list[Drop](), list[Answer]()

    def options(self, given: dict[str, Any]) -> dict[str, Any]:
        """As the Python clients take them."""
        return {"api_key": "key", "on_drop": self.drops.append, "on_trouble": self.troubles.append,
                "window_s": given.get("windowMs", 20) / 1000, "backoff_s": .01,
                "max_held": given.get("maxHeld", 1000)}


class Player:
    """Plays with a Python client; `flush` and `recommend` are awaited by the async one alone."""

    def __init__(self, client: Client | AsyncClient, scenario: dict[str, Any], told: Told) -> None:
        self.client, self.scenario, self.told = client, scenario, told
        self.who: dict[str, Any] = {"session_id": SESSION}
        self.lists: list[dict[str, Any]] = []
        self.n = 0

    def track(self, given: list[Any]) -> None:
        for _ in range(given[1]):
            self.n += 1
            self.client.track(given[0], f"i{self.n}", **self.who)

    def track_for(self, given: list[Any]) -> None:
        self.user(given[0])
        self.track(given[1:])

    def item(self, given: list[str]) -> None:
        self.client.track(given[0], given[1], **self.who)

    def user(self, user_id: str | None) -> None:
        self.who = {"user_id": user_id} if user_id else {"session_id": SESSION}

    def login(self, user_id: str) -> None:
        self.client.join(user_id, SESSION)
        self.user(user_id)

    def impressions(self, place: int) -> None:
        self.client.impressions(self.lists[place])

    def flush(self, _: int) -> Any:
        return self.client.flush()

    def recommend(self, asked: dict[str, Any]) -> Any:
        return self.client.recommend(**asked, **self.who)

    def reached(self, wanted: dict[str, int]) -> bool:
        counts = self.client.counts
        found = {**counts.dropped, "accepted": counts.accepted,
                 "troubles": len(self.told.troubles)}
        return all(found.get(name, 0) >= least for name, least in wanted.items())

    def played(self) -> Played:
        counts, drops = self.client.counts, self.told.drops
        return Played(self.n, counts.accepted, dict(counts.dropped),
                      [[d.reason, d.status, d.field] for d in drops],
                      [t.status for t in self.told.troubles])


def play_threads(url: str, scenario: dict[str, Any]) -> Played:
    told = Told()
    client = Client(url, **told.options(scenario.get("options", {})))
    player = Player(client, scenario, told)
    for step in scenario["steps"]:
        for act, given in step.items():
            if act == "until":
                _until(lambda given=given: player.reached(given))
            elif act == "sleep_ms":
                time.sleep(given / 1000)
            elif act == "recommend":
                player.lists.append(player.recommend(given))
            else:
                getattr(player, act)(given)
    found = player.played()
    client.close(0)
    return found


def play_asyncio(url: str, scenario: dict[str, Any]) -> Played:
    async def play() -> Played:
        told = Told()
        client = AsyncClient(url, **told.options(scenario.get("options", {})))
        player = Player(client, scenario, told)
        for step in scenario["steps"]:
            for act, given in step.items():
                await _act(player, act, given)
        found = player.played()
        await client.aclose(0)
        return found

    return asyncio.run(play())


async def _act(player: Player, act: str, given: Any) -> None:
    if act == "until":
        for _ in range(1000):
            if player.reached(given):
                return
            await asyncio.sleep(.01)
    elif act == "sleep_ms":
        await asyncio.sleep(given / 1000)
    elif act == "recommend":
        player.lists.append(await player.recommend(given))
    else:
        done = getattr(player, act)(given)
        if isinstance(done, Awaitable):
            await done


def play_module(url: str, scenario: dict[str, Any]) -> Played:
    done = subprocess.run([NODE, HERE / "drive.mjs", MODULE, url, json.dumps(scenario)],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return Played(found["tracked"], found["counts"]["accepted"], found["counts"]["dropped"],
                  found["drops"], found["troubles"])


PLAYERS: dict[str, Callable[[str, dict[str, Any]], Played]] = {
    "threads": play_threads, "asyncio": play_asyncio, "browser module": play_module}


def _until(reached: Callable[[], bool]) -> None:
    for _ in range(1000):
        if reached():
            return
        time.sleep(.01)
