"""Between clients and AWS: each call that a function makes may be lost, late, or cut off.

Faults are answers and silences of HTTP, below botocore, whose own retries are so part of what is
tested. What the run asks for itself, outside of any function, is never hit.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.engine import Perform
from soak import answers
from soak.account import TRANSACT, Account, copy_of
from soak.dice import Dice, Kind
from soak.stream import Stream

WRITES = {TRANSACT, "dynamodb.PutItem", "dynamodb.UpdateItem", "dynamodb.DeleteItem",
          "s3.PutObject", "kinesis.PutRecord"}
READ_TOGETHER = "dynamodb.BatchGetItem"
SERVICES = ("dynamodb", "kinesis", "s3")
OUTAGES = ((4, 9), (200, 500), (400, 900), (20, 150))  # calls: a client outlasts most, or hardly
LATEST = 120  # calls after which a zombie has taken effect
ZOMBIES = {"kinesis.PutRecord": 0.03}  # there are most of these


class Killed(BaseException):
    """The function is gone in the middle of a call; nothing in it can catch that."""


@dataclass(frozen=True)
class Invocation:
    """One run of a function.

    event:   what it is given; of a roll-up, the time in ms.
    subject: whose events a call of the API brings, first: the number of the oldest.
    depth:   1 inside a call of another.
    """

    verb: str
    event: Any
    subject: str = ""
    first: int = 0
    depth: int = 0


@dataclass(frozen=True)
class Zombie:
    """A write that nobody waits for. due: the number of the call before which it lands."""

    due: int
    call: str
    do: Callable[[], Any]
    invocation: Invocation


class Wire:
    """The interceptor of an engine. overlap: told of a call before which another run may begin."""

    def __init__(self, dice: Dice, stream: Stream) -> None:
        self.dice = dice
        self.account = Account(stream)
        self.overlap: Callable[[Invocation], None] = lambda _invocation: None
        self.zombies: list[Zombie] = []
        self.cut_off = False  # a function was killed since the run last looked
        self._running: list[Invocation] = []
        self._calls = 0
        self._outage = ("", 0)  # of which service, until which call

    @contextmanager
    def during(self, invocation: Invocation) -> Iterator[None]:
        """Calls are this invocation's."""
        self._running.append(invocation)
        try:
            yield
        finally:
            self._running.pop()

    def __call__(
        self, call: str, request: AWSPreparedRequest, perform: Perform
    ) -> AWSResponse | None:
        """Answer one call."""
        def act(asked: AWSPreparedRequest) -> AWSResponse | None:
            return self.account.perform(call, asked, perform)

        if not self._running:
            return act(request)
        self._calls += 1
        self.land(lambda zombie: zombie.due <= self._calls)
        invocation = self._running[-1]
        if invocation.depth == 0 and self.dice.strikes(Kind.OVERLAP, 0.04):
            self.overlap(invocation)
        return self._fate(call, request, act, invocation)

    def calm(self) -> None:
        """From here on nothing is hit; what nobody waits for may still land."""
        self.dice.calm()
        self._outage = ("", 0)

    def land(self, chosen: Callable[[Zombie], bool] = lambda _zombie: True) -> None:
        """Let writes take effect that nobody waits for."""
        landing = [zombie for zombie in self.zombies if chosen(zombie)]
        self.zombies = [zombie for zombie in self.zombies if zombie not in landing]
        for zombie in landing:
            self.dice.tell(f"the {zombie.call} of {zombie.invocation.verb} took effect now")
            zombie.do()

    def _fate(
        self, call: str, request: AWSPreparedRequest, act: Perform, invocation: Invocation
    ) -> AWSResponse | None:
        told = f"{call} of {invocation.verb}"
        if refusal := self._refuse(call.partition(".")[0], request, told):
            return refusal
        if call in WRITES and self.dice.strikes(Kind.ZOMBIE, ZOMBIES.get(call, 0.1)):
            self._hold(call, request, act, invocation)
        self._kill(f"before {told}")
        response = act(request)
        if call == READ_TOGETHER and response and self.dice.strikes(Kind.UNPROCESSED, 0.4):
            response = self._leave_out(request, response, told)
        self._kill(f"after {told}")
        if self.dice.strikes(Kind.LATE_EFFECT, 0.04):
            self.dice.note(Kind.LATE_EFFECT, told)
            if self.dice.between(Kind.LATE_EFFECT, 0, 1):
                raise answers.silence(request, self.dice.between(Kind.LATE_EFFECT, 0, 1))
            return answers.failed(call.partition(".")[0], request)
        return response

    def _refuse(self, service: str, request: AWSPreparedRequest, told: str) -> AWSResponse | None:
        """What does certainly nothing."""
        dice = self.dice
        for kind in (Kind.OUTAGE, Kind.THROTTLED):
            if self._is_out(service) if kind is Kind.OUTAGE else dice.strikes(kind, 0.04):
                dice.note(kind, told)
                return answers.throttled(service, request)
        if not dice.strikes(Kind.FAILED, 0.03):
            return None
        dice.note(Kind.FAILED, told)
        if dice.between(Kind.FAILED, 0, 1):
            raise answers.unreachable(request, dice.between(Kind.FAILED, 0, 1))
        return answers.failed(service, request)

    def _leave_out(
        self, request: AWSPreparedRequest, response: AWSResponse, told: str
    ) -> AWSResponse:
        """Some of the rows, where there are several: were none read, it would be throttled."""
        keys = len(answers.rows_of(request)[1]["Keys"])
        if keys == 1:
            return response
        read = self.dice.between(Kind.UNPROCESSED, 1, keys - 1)
        self.dice.note(Kind.UNPROCESSED, f"{keys - read} of {keys} rows of {told}")
        return answers.unprocessed(request, response, read)

    def _hold(
        self, call: str, request: AWSPreparedRequest, act: Perform, invocation: Invocation
    ) -> None:
        """Keep a write back: its function is killed, or botocore gives up waiting and tries again.

        raises: Killed, HTTPClientError.
        """
        due = self._calls + self.dice.between(Kind.ZOMBIE, 1, LATEST)
        self.zombies.append(Zombie(due, call, partial(act, copy_of(request)), invocation))
        told = f"{call} of {invocation.verb} takes effect after {due - self._calls} calls"
        self.dice.note(Kind.ZOMBIE, told)
        if self.dice.between(Kind.ZOMBIE, 0, 2):
            self.cut_off = True
            raise Killed(told)
        raise answers.silence(request, 0)

    def _kill(self, told: str) -> None:
        if self.dice.strikes(Kind.KILLED, 0.02):
            self.dice.note(Kind.KILLED, told)
            self.cut_off = True
            raise Killed(told)

    def _is_out(self, service: str) -> bool:
        if self.dice.strikes(Kind.OUTAGE, 0.02):
            out = self.dice.choice(Kind.OUTAGE, (service, service, *SERVICES))
            calls = self.dice.between(Kind.OUTAGE, *self.dice.choice(Kind.OUTAGE, OUTAGES))
            self._outage = (out, self._calls + calls)
        out, until = self._outage
        return service == out and self._calls < until
