import asyncio
import time
from typing import Any

import pytest
from headwater_client import ApiError, AsyncClient, Drop

from local.cloud import Cloud
from tests.clients.faulty import Api, FaultyServer
from tests.clients.test_client import QUICK, counted, items


def test_events_reach_the_deployment_and_lists_come_back(cloud: Cloud) -> None:
    with cloud.client() as admin:
        admin.call("PUT", "/items", {"items": [{"item_id": i} for i in "abc"]}, admin=True)

    async def play() -> tuple[dict[str, Any], int]:
        async with AsyncClient(cloud.url, api_key=cloud.api_key) as client:
            client.track("click", "a", user_id="ann")
            listing = await client.recommend(k=5, user_id="ann")
            client.impressions(listing)
            return listing, await client.flush()

    listing, held = asyncio.run(play())

    assert [item["item_id"] for item in listing["items"]] == ["c", "b"]
    assert held == 0
    assert counted(cloud, "ann") == {"click": 1, "impression": 2}


def test_many_tasks_track_at_once(api: Api, server: FaultyServer) -> None:
    async def play() -> int:
        async with AsyncClient(server.url, **QUICK, connections=3) as client:
            async def visit(n: int) -> None:
                for m in range(50):
                    client.track("view", f"{n}-{m}", user_id=f"user {n}")
                    await asyncio.sleep(0)

            await asyncio.gather(*map(visit, range(6)))
            return await client.flush(20)

    held = asyncio.run(play())

    assert held == 0
    assert items(api) == {f"{n}-{m}": 1 for n in range(6) for m in range(50)}


def test_a_client_that_is_closed_takes_nothing_more(server: FaultyServer) -> None:
    async def play() -> None:
        client = AsyncClient(server.url)
        await client.aclose()
        await client.aclose()
        client.track("view", "a", user_id="ann")

    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(play())


@pytest.mark.parametrize("delay_s", [0.0, 20.0])
def test_closing_waits_no_longer_than_it_may_and_tells_what_it_could_not_send(
    server: FaultyServer, delay_s: float
) -> None:
    told: list[Drop] = []
    server.down, server.delay_s = not delay_s, delay_s

    async def play() -> None:
        client = AsyncClient(server.url, **QUICK, on_drop=told.append)
        client.track("view", "a", user_id="ann")
        await client.aclose(.2)

    began_s = time.monotonic()
    asyncio.run(play())
    server.delay_s = 0.0

    assert time.monotonic() - began_s < 5
    assert [drop.reason for drop in told] == ["closed"]


def test_a_token_may_take_its_time(server: FaultyServer) -> None:
    async def token(who: str) -> str:
        await asyncio.sleep(.01)
        return f"of {who}"

    async def play() -> None:
        async with AsyncClient(server.url, **QUICK, token=token) as client:
            client.track("view", "a", user_id="ann")

    asyncio.run(play())

    assert server.calls[0].headers["authorization"] == "Bearer of ann"


def test_a_function_of_the_callers_that_fails_is_heard_of_and_stops_nothing(
    api: Api, server: FaultyServer
) -> None:
    heard: list[Any] = []

    def on_drop(_: Drop) -> None:
        raise OSError("log is full")

    async def play() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, found: heard.append(type(found["exception"])))
        async with AsyncClient(server.url, **QUICK, on_drop=on_drop) as client:
            client.track("wave", "refused", user_id="ann")
            client.track("view", "a", user_id="ann")
            await client.flush()
            client.track("view", "b", user_id="ann")
            await client.flush()

    asyncio.run(play())

    assert heard == [OSError]
    assert items(api) == {"a": 1, "b": 1}


def test_a_list_that_does_not_come_is_an_error_with_its_status() -> None:
    async def play() -> None:
        async with AsyncClient("http://127.0.0.1:9") as client:
            await client.recommend(user_id="ann")

    with pytest.raises(ApiError) as unheard:
        asyncio.run(play())

    assert unheard.value.status == 0


def test_a_session_that_logs_in_is_joined(api: Api, server: FaultyServer) -> None:
    async def play() -> None:
        async with AsyncClient(server.url, **QUICK) as client:
            client.join("ann", "s1")

    asyncio.run(play())

    assert api.joined == {"s1": "ann"}
