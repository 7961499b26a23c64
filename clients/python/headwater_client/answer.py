"""What an answer means for the events of its call."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

RETRIED = (408, 429)  # of the 4xx; every 5xx too, and whatever the API itself never answers


class Verdict(Enum):
    """What becomes of a batch."""

    TAKEN = "taken"      # but for events that the answer names
    REFUSED = "refused"  # never sent again
    ERASED = "erased"    # nor anything else of this user
    HELD = "held"        # the key or token is wrong, not the events: kept until it may be right
    RETRIED = "retried"


class ApiError(Exception):
    """A list was asked for in vain. status: 0 when no answer came."""

    def __init__(self, answer: "Answer") -> None:
        super().__init__(f"{answer.status}: {answer.message}")
        self.status, self.message = answer.status, answer.message


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; status 0 when none came. body: {} for what is no JSON object."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    retry_after_s: float = 0.0
    reason: str = ""

    @property
    def message(self) -> str:
        """The server's words; API Gateway's own come bare."""
        error = self.body.get("error")
        said = error.get("message") if isinstance(error, dict) else self.body.get("message")
        return str(said or self.reason or "no answer")

    @property
    def field(self) -> str | None:
        """What the server found wrong, such as `events[3].at`."""
        error = self.body.get("error")
        found = error.get("field") if isinstance(error, dict) else None
        return str(found) if found else None

    def verdict(self, joining: bool) -> Verdict:
        """Only the API's own words count as taken: a hotel's login page answers 200 as well."""
        if joining:
            taken = self.status == 200 and self.body.get("joined") is True
        else:
            taken = self.status == 202 and isinstance(self.body.get("accepted"), int)
        if taken:
            return Verdict.TAKEN
        if self.status == 410:
            return Verdict.ERASED
        if self.status in (401, 403) and not joining:
            return Verdict.HELD
        if self.status in RETRIED or not 400 <= self.status < 500:
            return Verdict.RETRIED
        return Verdict.REFUSED

    def rejected(self) -> dict[int, dict[str, Any]]:
        """Of a batch that was taken: what is wrong with which event."""
        return {refusal["index"]: refusal for refusal in self.body.get("rejected", ())}
