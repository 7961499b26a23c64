"""A simulated day of either client: no sockets, a clock that jumps to what is waited for next.

Times are multiples of 125 ms and the jitter is always one half, so that both clients, one in
seconds and one in milliseconds, must do the same at the same moment.
"""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headwater_client import limits
from headwater_client.answer import Answer
from headwater_client.entry import Entry
from headwater_client.outbox import Outbox
from headwater_client.wire import batch_call

HERE = Path(__file__).parent
SIMULATION = HERE / "simulate.mjs"
MODULE = HERE.parents[1] / "clients/js/headwater.js"
USERS = ("ann", "bob")
CAP = 60

# fault -> status, retry_after_s, whether the events arrived
FAULTS: dict[str, tuple[int, float, bool]] = {
    "ok": (202, 0, True), "before": (0, 0, False), "after": (0, 0, True), "page": (200, 0, False),
    "503": (503, 0, False), "500 after": (500, 0, True), "429": (429, 8, False),
    "401": (401, 0, False), "403": (403, 0, False), "400": (400, 0, False), "410": (410, 0, False),
}
Step = tuple[str, Any]  # track n · user name · pass ms · flush


@dataclass
class Day:
    """calls: subject, items, fault, ms; drops: reason and item; left: still held at the end."""

    calls: list[tuple[str, list[str], str, float]] = field(default_factory=list)
    drops: list[tuple[str, str]] = field(default_factory=list)
    accepted: int = 0
    left: int = 0


def simulate_outbox(steps: list[Step], faults: list[str]) -> Day:
    """The day of the Python clients' common part."""
    return _Clock(faults).run(steps)


class _Clock:
    def __init__(self, faults: list[str]) -> None:
        self.day, self.faults = Day(), list(faults)
        self.now_s, self.user, self.n = 0.0, USERS[0], 0
        self.outbox = Outbox(cap=CAP, window_s=limits.WINDOW_S, backoff_s=limits.BACKOFF_S,
                             max_backoff_s=limits.MAX_BACKOFF_S, draw=lambda: 0.5)

    def run(self, steps: list[Step]) -> Day:
        for name, given in steps:
            getattr(self, f"do_{name}")(given)
            self.send()
        self.day.accepted, self.day.left = self.outbox.counts.accepted, len(self.outbox)
        return self.day

    def do_track(self, many: int) -> None:
        for _ in range(many):
            self.n += 1
            event = {"event_id": f"e{self.n}", "type": "view", "item_id": f"i{self.n}"}
            self.note(self.outbox.add(Entry(self.user, event, self.now_s)))

    def do_user(self, user: str) -> None:
        self.user = user
        self.outbox.hurry(self.now_s, user)

    def do_flush(self, _: Any) -> None:
        self.outbox.hurry()

    def do_pass(self, ms: int) -> None:
        until_s = self.now_s + ms / 1000
        while (wait_s := self.outbox.wait_s(self.now_s)) <= until_s - self.now_s:
            self.now_s += max(0.0, wait_s)
            self.send()
        self.now_s = until_s

    def send(self) -> None:
        while batch := self.outbox.next(self.now_s):
            fault = self.faults.pop(0) if self.faults else "ok"
            items = [e["item_id"] for e in (batch_call(batch).body or {})["events"]]
            self.day.calls.append((batch[0].subject, items, fault, self.now_s * 1000))
            status, retry_after_s, _ = FAULTS[fault]
            body = {"accepted": len(batch)} if status == 202 else {}
            self.note(self.outbox.settle(batch, Answer(status, body, retry_after_s), self.now_s)[1])

    def note(self, drops: list[Any]) -> None:
        self.day.drops += [(drop.reason, drop.entry.event["item_id"]) for drop in drops]


class SimulatedModule:
    """The day of the browser module, in a process that plays one day after the other."""

    def __init__(self) -> None:
        node = Path(sys.executable).with_name("node")
        self._process = subprocess.Popen([node, SIMULATION, MODULE], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def simulate(self, steps: list[Step], faults: list[str]) -> Day:
        """As `simulate_outbox`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({
            "steps": steps, "users": USERS, "maxHeld": CAP,
            "faults": [(*FAULTS[name][:2], name) for name in faults]}) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        return Day([tuple(call) for call in found["calls"]],
                   [(reason, item) for reason, item in found["drops"]],
                   found["accepted"], found["left"])

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
