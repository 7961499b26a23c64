"""A new model reaches users step by step: who sees it, and whether it goes on or leaves.

Nobody is written down: a user's side follows from a hash, and stays as the share grows. Both sides
are looked at over the same minutes, so what ails everybody is not laid on the candidate.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from domain.calls import Both, Counts
from domain.features import Interaction
from domain.harm import ENOUGH, harm
from domain.key import share_of

SHADOW = 0.0  # nobody sees it yet
STEPS = (0.01, 0.1, 0.5)  # of the users; after the last all of them
WHOLE = 1.0
MIN_SHARE = 0.001
STEP_MS = 600_000  # at least so long at each share: a click comes minutes after its list
PATIENCE_MS = 3_600_000  # then it goes on with what there is, if there is anything
SILENT_SHARE = 0.5  # from here on somebody must have been answered; of few users 1% may be nobody
CLICK_MS = 600_000  # so long before a list a click of its user counts

# A model in memory takes twice its artifact, beside 100 MB of the function. source: `make bench`,
# peak memory of 10,000 and 1,000,000 items, 96 and 688 MB; decision 17, 0.3 GB at a million.
COPY_MB, TIMES_ITS_SIZE = 100, 2.0


class Rollout(NamedTuple):
    """began_ms: of the first share. since_ms: of this one.

    sample: of the users, for whom it makes lists that are not shown, while its share is `SHADOW`.
    """

    candidate: str
    share: float
    began_ms: int
    since_ms: int
    sample: float = 0.0

    def takes(self, subject: str) -> bool:
        """Does a subject see the candidate? Who does goes on to, whatever the share grows to."""
        return share_of("rollout", self.candidate, subject) < self.share

    def shadows(self, subject: str) -> bool:
        """Is a list made for a subject that is not shown? Who is among the first to see one."""
        return self.is_unseen and share_of("rollout", self.candidate, subject) < self.sample

    @property
    def is_unseen(self) -> bool:
        """Is nobody shown what the candidate makes?"""
        return self.share <= SHADOW

    def next(self, now_ms: int) -> Self | None:
        """At the next share; None when that is everybody."""
        share = next((step for step in STEPS if step > self.share), WHOLE)
        return None if share >= WHOLE else self._replace(share=share, since_ms=now_ms, sample=0.0)


class Verdict(NamedTuple):
    """act: go on to the next share, wait, or leave. why: in words."""

    act: str
    why: str


GO_ON, WAIT, LEAVE = "go on", "wait", "leave"


def decide(rollout: Rollout, seen: Both, now_ms: int) -> Verdict:
    """What becomes of a rollout by what was seen of both sides at its share."""
    if why := harm(seen.candidate, seen.stable):
        return Verdict(LEAVE, why)
    lasted_ms, calls = now_ms - rollout.since_ms, seen.candidate.calls[0]
    if lasted_ms >= STEP_MS and calls >= ENOUGH:
        overlap = seen.candidate.overlap
        alike = "" if overlap is None else f", which hold {overlap:.0%} of what was shown"
        return Verdict(GO_ON, f"nothing is worse in {calls} calls{alike}")
    if lasted_ms < PATIENCE_MS:
        return Verdict(WAIT, f"{calls} calls in {lasted_ms // 60_000} min")
    usual = seen.stable.calls[0]
    if not (calls or usual):  # in the sample of a small deployment may be nobody who asks
        return Verdict(GO_ON if rollout.is_unseen else WAIT, "nobody asks, or nobody counts")
    is_told_of = rollout.is_unseen or rollout.share >= SILENT_SHARE
    if not calls and is_told_of and usual >= ENOUGH:
        return Verdict(LEAVE, f"it answered nobody, and the model before {usual} calls")
    return Verdict(GO_ON, f"nothing is worse in {calls} calls, and hardly more come")


def has_room(sizes_bytes: Sequence[int], memory_mb: int) -> bool:
    """Can a copy hold models of these sizes beside each other?"""
    return COPY_MB + TIMES_ITS_SIZE * sum(sizes_bytes) / 1e6 <= memory_mb


def has_clicked(
    history: Sequence[Interaction], click: int, rollout: Rollout, now_ms: int
) -> bool:
    """Did a user (history, oldest first) click lately? click: the code of that type."""
    since_ms = max(rollout.since_ms, now_ms - CLICK_MS)
    return any(entry.type == click for entry in history if entry.at_ms >= since_ms)


def told(rollout: Rollout, new: Counts) -> dict[str, Any]:
    """As the API says it. new: what was seen of the candidate."""
    return {"version": rollout.candidate, "share": rollout.share, "sample": rollout.sample,
            "began_ms": rollout.began_ms, "since_ms": rollout.since_ms, "calls": new.calls[0],
            "alike": new.overlap}
