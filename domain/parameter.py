"""One parameter of a query: what it means, what it may be, and how its text is read.

It is stated once: handlers read it with `Request.asked`, the API's description tells its schema.
"""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from domain.schema import Schema, compile_schema

MAX_DIGITS = 9  # of a number in a query

T = TypeVar("T")


class ParameterError(ValueError):
    """The sender is wrong: the value cannot be read, or is out of bounds."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}")


class Parameter(NamedTuple, Generic[T]):
    """Made by `whole`, `flag`, `choice`, `text` and `texts`.

    schema:  of a value, once it is read.
    default: what a call means that does not name it.
    parse:   every value that was sent, one at least, becomes the value.
    """

    name: str
    about: str
    schema: Schema
    default: T
    parse: Callable[[Sequence[str]], T]

    def read(self, sent: Sequence[str]) -> T:
        """The value of a call. sent: every value of this name, in order. raises: ParameterError."""
        return self.parse(sent) if sent else self.default


def whole(name: str, about: str, *, default: int, most: int) -> Parameter[int]:
    """A whole number from 1 to `most`."""
    def parse(sent: Sequence[str]) -> int:
        only = _only(name, sent)
        digits = only.isascii() and only.isdigit() and len(only) <= MAX_DIGITS
        if not (digits and 1 <= int(only) <= most):
            raise ParameterError(name, f"must be a whole number from 1 to {most}")
        return int(only)

    schema = {"type": "integer", "minimum": 1, "maximum": most}
    return Parameter(name, about, schema, default, parse)


def flag(name: str, about: str, *, default: bool) -> Parameter[bool]:
    """Either true or false."""
    def parse(sent: Sequence[str]) -> bool:
        only = _only(name, sent)
        if only not in ("true", "false"):
            raise ParameterError(name, "must be true or false")
        return only == "true"

    return Parameter(name, about, {"type": "boolean"}, default, parse)


def choice(name: str, about: str, *, default: str, among: Sequence[str]) -> Parameter[str]:
    """One of a few words."""
    def parse(sent: Sequence[str]) -> str:
        only = _only(name, sent)
        if only not in among:
            raise ParameterError(name, f"must be one of {', '.join(among)}")
        return only

    return Parameter(name, about, {"type": "string", "enum": list(among)}, default, parse)


def text(name: str, about: str, schema: Schema) -> Parameter[str | None]:
    """A text, such as an id; None when it is left out."""
    check = compile_schema(schema)

    def parse(sent: Sequence[str]) -> str | None:
        only = _only(name, sent)
        if found := check(only, ""):
            raise ParameterError(name, found.reason)
        return only

    return Parameter[str | None](name, about, schema, None, parse)


def texts(name: str, about: str, schema: Schema, *, most: int) -> Parameter[list[str]]:
    """Texts, each sent under the same name; none when it is left out. schema: of one of them."""
    each = compile_schema(schema)

    def parse(sent: Sequence[str]) -> list[str]:
        if len(sent) > most:
            raise ParameterError(name, f"may be given at most {most} times")
        if found := next(filter(None, (each(value, "") for value in sent)), None):
            raise ParameterError(name, found.reason)
        return list(sent)

    return Parameter(name, about, {"type": "array", "maxItems": most, "items": schema}, [], parse)


def _only(name: str, sent: Sequence[str]) -> str:
    if len(sent) > 1:
        raise ParameterError(name, "may be given once only")
    return sent[0]
