"""The client for asyncio: events leave from a task of the loop in which the first was tracked."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from .answer import Answer, ApiError
from .client import CLOSE_S
from .entry import Counts, Entry
from .tracker import About, News, Options, Tracker
from .wire import Call, answer_of, no_answer

Token = str | Callable[[str], str | Awaitable[str]]


class AsyncClient:
    """For one event loop; whoever ends it awaits `aclose` before, since nothing else would.

    token: as `Client` has it; its function may be async.
    """

    def __init__(self, url: str, *, token: Token | None = None,
                 **options: Unpack[Options]) -> None:
        self._tracker, self._token = Tracker(url, options), token
        self._closed = False
        self._changed, self._settled = asyncio.Event(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient()

    def track(self, type_: str, item_id: str, **about: Unpack[About]) -> str:
        """As `Client.track`."""
        self._wake()
        event_id, news = self._tracker.track(type_, item_id, about)
        self._tracker.tell(news)
        return event_id

    def impressions(self, listing: dict[str, Any]) -> None:
        """As `Client.impressions`."""
        self._wake()
        self._tracker.tell(self._tracker.impressions(listing))

    def join(self, user_id: str, session_id: str) -> None:
        """As `Client.join`."""
        self._wake()
        self._tracker.tell(self._tracker.join(user_id, session_id))

    async def recommend(self, *, k: int | None = None, exclude_seen: bool = True,
                        **about: Unpack[About]) -> dict[str, Any]:
        """As `Client.recommend`."""
        answer = await self._send(self._tracker.list_call(about, k, exclude_seen))
        if answer.status != 200:
            raise ApiError(answer)
        return answer.body

    @property
    def counts(self) -> Counts:
        """What became of all that was tracked."""
        return self._tracker.outbox.counts

    async def flush(self, timeout_s: float = CLOSE_S) -> int:
        """As `Client.flush`."""
        if len(self._tracker.outbox):
            self._wake()
            self._tracker.outbox.hurry()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while len(self._tracker.outbox):
                    self._settled.clear()
                    await self._settled.wait()
        return len(self._tracker.outbox)

    async def aclose(self, timeout_s: float = CLOSE_S) -> None:
        """As `Client.close`."""
        if self._closed:
            return
        await self.flush(timeout_s)
        self._closed = True
        news = News(self._tracker.outbox.close())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()
        self._tracker.tell(news)

    def _wake(self) -> None:
        """Have tasks that look at what is held."""
        if self._closed:
            raise RuntimeError("the client is closed")
        while len(self._tasks) < self._tracker.connections:
            task = asyncio.get_running_loop().create_task(self._run(), name="headwater")
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        self._changed.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):  # of a caller's own function
            task.get_loop().call_exception_handler({
                "message": "headwater: a function given to the client failed",
                "exception": error, "task": task})
            if not self._closed:
                self._wake()

    async def _run(self) -> None:
        while True:
            while not (sending := self._tracker.next()):
                self._changed.clear()
                wait_s = self._tracker.outbox.wait_s(time.monotonic())
                with suppress(TimeoutError):
                    async with asyncio.timeout(None if wait_s == float("inf") else wait_s):
                        await self._changed.wait()
            self._tracker.tell(await self._carry(*sending))

    async def _carry(self, batch: list[Entry], call: Call) -> News:
        answer = Answer(0, reason="the token could not be had")
        try:
            answer = await self._send(call)
        finally:
            news = self._tracker.settle(batch, answer)
            self._settled.set()
            self._changed.set()
        return news

    async def _send(self, call: Call) -> Answer:
        token = self._token(call.subject) if callable(self._token) else self._token
        try:
            return answer_of(await self._http.send(call.request(
                self._tracker.url, self._tracker.api_key,
                await token if inspect.isawaitable(token) else token)))
        except httpx.RequestError as error:
            return no_answer(error)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self.aclose()
