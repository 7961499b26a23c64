"""The client for programs with threads: events leave from a thread of its own."""

import atexit
import os
import threading
import time
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from .answer import Answer, ApiError
from .entry import Counts, Entry
from .tracker import About, News, Options, Tracker
from .wire import Call, answer_of, no_answer

CLOSE_S = 5.0  # how long an ending program waits for its events to arrive


class Client:
    """For any number of threads at once.

    token: of a user, or a function that has one for whoever a call is about (a user id, or ~ and
           a session id); asked before each call.
    """

    def __init__(self, url: str, *, token: str | Callable[[str], str] | None = None,
                 **options: Unpack[Options]) -> None:
        self._tracker, self._token = Tracker(url, options), token
        self._closed = False
        self._begin()
        atexit.register(self.close)
        _all.add(self)

    def track(self, type_: str, item_id: str, **about: Unpack[About]) -> str:
        """Take an event in and return its id at once; it is sent by and by.

        raises: ValueError or TypeError, for what can never be sent; RuntimeError, when closed.
        """
        with self._changed:
            self._wake()
            event_id, news = self._tracker.track(type_, item_id, about)
        self._tracker.tell(news)
        return event_id

    def impressions(self, listing: dict[str, Any]) -> None:
        """Track that a list was shown; later events on its items name the list."""
        with self._changed:
            self._wake()
            news = self._tracker.impressions(listing)
        self._tracker.tell(news)

    def join(self, user_id: str, session_id: str) -> None:
        """What an anonymous session did was done by this user."""
        with self._changed:
            self._wake()
            news = self._tracker.join(user_id, session_id)
        self._tracker.tell(news)

    def recommend(self, *, k: int | None = None, exclude_seen: bool = True,
                  **about: Unpack[About]) -> dict[str, Any]:
        """A list for one user or session, that knows the events this client still holds.

        raises: ApiError.
        """
        with self._changed:
            call = self._tracker.list_call(about, k, exclude_seen)
        answer = self._send(call)
        if answer.status != 200:
            raise ApiError(answer)
        return answer.body

    @property
    def counts(self) -> Counts:
        """What became of all that was tracked."""
        return self._tracker.outbox.counts

    def flush(self, timeout_s: float = CLOSE_S) -> int:
        """Send now, and wait; how many are still held then."""
        until_s = time.monotonic() + timeout_s
        with self._changed:
            if len(self._tracker.outbox):
                self._wake()
                self._tracker.outbox.hurry()
            self._changed.wait_for(lambda: not len(self._tracker.outbox),
                                   until_s - time.monotonic())
            return len(self._tracker.outbox)

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Flush and end; what is still held then is dropped, and told of."""
        if self._closed:
            return
        until_s = time.monotonic() + timeout_s
        self.flush(timeout_s)
        with self._changed:
            self._closed = True
            news = News(self._tracker.outbox.close())
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._threads, max(0, until_s - time.monotonic()))
        self._http.close()  # ends a call that never ends
        atexit.unregister(self.close)
        self._tracker.tell(news)

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._http = httpx.Client()

    def _begin_in_child(self) -> None:
        """A fork has no threads, and must not send what its parent sends."""
        self._tracker.empty()
        self._begin()

    def _wake(self) -> None:
        """Have threads that look at what is held."""
        if self._closed:
            raise RuntimeError("the client is closed")
        while len(self._threads) < self._tracker.connections:
            thread = threading.Thread(target=self._run, name="headwater", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        try:
            while sending := self._next():
                self._tracker.tell(self._carry(*sending))
        finally:  # a caller's own function raised, or all is done
            with self._changed:
                self._threads.remove(threading.current_thread())
                self._changed.notify_all()
                if not self._closed:
                    self._wake()

    def _next(self) -> tuple[list[Entry], Call] | None:
        """Wait for a batch; None when closed."""
        with self._changed:
            while not (sending := self._tracker.next()):
                if self._closed:
                    return None
                wait_s = self._tracker.outbox.wait_s(time.monotonic())
                self._changed.wait(min(max(wait_s, 0.0), threading.TIMEOUT_MAX))
            return sending

    def _carry(self, batch: list[Entry], call: Call) -> News:
        answer = Answer(0, reason="the token could not be had")
        try:
            answer = self._send(call)
        finally:
            with self._changed:
                news = self._tracker.settle(batch, answer)
                self._changed.notify_all()
        return news

    def _send(self, call: Call) -> Answer:
        token = self._token(call.subject) if callable(self._token) else self._token
        try:
            return answer_of(self._http.send(
                call.request(self._tracker.url, self._tracker.api_key, token)))
        except httpx.RequestError as error:
            return no_answer(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


_all: "weakref.WeakSet[Client]" = weakref.WeakSet()


def _after_fork() -> None:
    for client in list(_all):
        client._begin_in_child()


if hasattr(os, "register_at_fork"):  # there are no forks on Windows
    os.register_at_fork(after_in_child=_after_fork)
