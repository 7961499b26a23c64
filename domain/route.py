"""One route of the API: who may call it, what it takes, what it answers.

The table of all of them is `domain.routes`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from domain.freshness import FRESH_S
from domain.parameter import Parameter
from domain.schema import Schema


class Who(Enum):
    """What a caller must bring."""

    ANYBODY = "nothing"
    KEY = "the API key"
    USER = "the API key and, where tokens are asked for, the token of the user it is about"
    ADMIN = "an IAM signature"
    SERVER = "a signature with the key for servers that call as Amazon Personalize's callers do"


@dataclass(frozen=True)
class Answer:
    """What a status means. schema: of the body. media: its type."""

    about: str
    schema: Schema
    media: str = "application/json"


@dataclass(frozen=True)
class Route:
    """One method of one path.

    verb:     the function that answers; it must have the route among its own.
    about:    what it does, in a sentence or two.
    answers:  by status, when all went well.
    refusals: by status, when it did not: what is special to this route.
    named:    schemas of parameters in its path, where they are not as everywhere.
    body:     schema of what it takes.
    rate_s:   calls/s where that is less than what the API key may do.
    """

    method: str
    path: str
    verb: str
    about: str
    who: Who = Who.KEY
    answers: Mapping[int, Answer] = field(default_factory=dict)
    refusals: Mapping[int, str] = field(default_factory=dict)
    parameters: tuple[Parameter[Any], ...] = ()
    named: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    rate_s: int | None = None

    @property
    def key(self) -> str:
        """As functions look it up."""
        return f"{self.method} {self.path}"

    @property
    def fresh_s(self) -> int | None:
        """For how long anybody may keep an answer that went well; None = nobody may."""
        return FRESH_S.get(self.key)

    @property
    def admin(self) -> bool:
        """Is it for administrators, who sign their calls?"""
        return self.who is Who.ADMIN

    @property
    def about_user(self) -> bool:
        """Does it read or write one user, and ask for that user's token where there are such?"""
        return self.who is Who.USER

    @property
    def keyed(self) -> bool:
        """Must a call carry the API key?"""
        return self.who in (Who.KEY, Who.USER)

    @property
    def burst(self) -> int | None:
        """Two seconds' worth."""
        return self.rate_s and 2 * self.rate_s

    @property
    def in_path(self) -> list[str]:
        """Names of the parameters in its path."""
        return re.findall(r"\{(\w+)\}", self.path)
