"""Ever more clients at once ask the local gateway for lists, over kept connections.

python -m bench.load [seconds of a level]

Wall times are those of callers who wait for an answer before they ask again, on this machine: all
functions share one thread here, so beyond one client they queue, where Lambda starts copies. What
holds elsewhere is the server's CPU time, updaters and the emulator of AWS included.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
import numpy as np
from tqdm import tqdm

from bench.clock import report
from bench.served import Server, Spent, served
from bench.traffic import Call, Shoppers

CLIENTS = (1, 2, 4, 8, 16, 32)
LEVEL_S = 10.0
ITEMS, USERS = 10_000, 1_000
PER_CALL = 10  # events
LISTS, ASKED, EVENTS = KINDS = ("lists", "lists asked for in a body", "events")
SHARES = (0.8, 0.1, 0.1)
BODY = {"k": 10, "filter": "price < 50", "diversity": 0.3}
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Level:
    """What so many clients met. ms: of every answer, by kind. errors: in words."""

    clients: int
    wall_s: float
    driver_s: float
    server: Spent
    ms: Mapping[str, Sequence[float]]
    errors: Sequence[str] = ()

    @property
    def calls(self) -> int:
        """All that were answered."""
        return sum(map(len, self.ms.values()))

    def told(self) -> dict[str, Any]:
        """As the report has it. cores: CPU seconds a second."""
        return {
            "clients": self.clients, "calls_per_s": round(self.calls / self.wall_s, 1),
            **_quantiles(self.ms[LISTS]), "errors": len(self.errors),
            "server_cpu_ms": round(self.server.cpu_s * 1000 / self.calls, 2),
            "emulator_cpu_ms": round(self.server.emulator_s * 1000 / self.calls, 2),
            "server_cores": round(self.server.cpu_s / self.wall_s, 2),
            "driver_cores": round(self.driver_s / self.wall_s, 2),
        }


@dataclass(frozen=True)
class Callers:
    """Clients of one server, who share a stream of events. ids: of users, each with a past."""

    server: Server
    ids: Sequence[str]
    calls: Iterator[Call]
    ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)

    async def ask(self, clients: int, seconds: float) -> None:
        """Call until the time is over."""
        async with httpx.AsyncClient(
                base_url=self.server.url, headers={"x-api-key": self.server.api_key},
                limits=httpx.Limits(max_connections=clients, max_keepalive_connections=clients),
                trust_env=False, timeout=PATIENCE_S) as http:
            until_s = time.perf_counter() + seconds
            await asyncio.gather(*(self._one(http, Random(n), until_s) for n in range(clients)))

    async def _one(self, http: httpx.AsyncClient, chance: Random, until_s: float) -> None:
        while (began_s := time.perf_counter()) < until_s:
            (kind,) = chance.choices(KINDS, SHARES)
            try:
                answer = await http.send(self._request(http, kind, chance))
            except httpx.TransportError as error:
                self.errors.append(repr(error))
                continue
            self.ms[kind].append((time.perf_counter() - began_s) * 1000)
            if complaint := complaint_of(kind, answer):
                self.errors.append(complaint)

    def _request(self, http: httpx.AsyncClient, kind: str, chance: Random) -> httpx.Request:
        if kind == EVENTS:
            return http.build_request("POST", "/events", json=next(self.calls).body)
        path = f"/users/{chance.choice(self.ids)}/recommendations"
        if kind == ASKED:
            return http.build_request("POST", path, json=BODY)
        return http.build_request("GET", path, params={"k": 10})


def complaint_of(kind: str, answer: httpx.Response) -> str:
    """What is wrong with an answer; empty: nothing."""
    if kind == EVENTS:
        is_good = answer.status_code == 202 and not answer.json()["rejected"]
    else:
        is_good = answer.status_code == 200 and '"source":"personal"' in answer.text
    return "" if is_good else f"{kind}: {answer.status_code} {answer.text:.200}"


def level(callers: Callers, clients: int, seconds: float) -> Level:
    """One level, and what it took on either side."""
    before, driver_s, began_s = callers.server.spent(), time.process_time(), time.perf_counter()
    asyncio.run(callers.ask(clients, seconds))
    wall_s, driver_s = time.perf_counter() - began_s, time.process_time() - driver_s
    after = callers.server.spent()
    return Level(clients, wall_s, driver_s,
                 Spent(*(b - a for a, b in zip(before, after, strict=True))),
                 callers.ms, callers.errors)


def summary(levels: Sequence[Level]) -> dict[str, Any]:
    """All levels; and of the one with most calls a second, what each kind took."""
    busiest = max(levels, key=lambda found: found.calls / found.wall_s)
    return {"levels": [found.told() for found in levels],
            "busiest": {"clients": busiest.clients,
                        "calls_per_s_and_core": round(busiest.calls / busiest.server.cpu_s),
                        "kinds": {kind: _quantiles(busiest.ms[kind]) for kind in KINDS}}}


def main() -> None:
    """Every level, the smallest first."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else LEVEL_S
    shoppers = Shoppers(users=USERS, items=ITEMS)
    with served(ITEMS, shoppers, USERS) as server:
        ids = [shoppers.id(number) for number in range(USERS) if shoppers.past(number, 0).history]
        calls = shoppers.calls(sys.maxsize, rate=100.0, per_call=PER_CALL, begin_s=time.time())
        level(Callers(server, ids, calls), 2, 2.0)  # loads the model
        levels = [level(Callers(server, ids, calls), clients, seconds)
                  for clients in tqdm(CLIENTS, desc="clients", unit="level", disable=None)]
    report({"items": ITEMS, "users": USERS, "shares": dict(zip(KINDS, SHARES, strict=True)),
            "events_per_call": PER_CALL, **summary(levels)})
    errors = [error for found in levels for error in found.errors]
    assert not errors, f"{len(errors)} errors, among them {json.dumps(errors[:3])}"


def _quantiles(ms: Sequence[float]) -> dict[str, float]:
    return {f"p{part}_ms": round(float(np.percentile(ms, part)), 1) for part in (50, 95, 99)}


if __name__ == "__main__":
    main()
