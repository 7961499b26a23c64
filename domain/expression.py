"""A filter as callers write it, and the tree it means.

    price < 20 and "Sci-Fi" in categories and not did("purchase", days=30)

It is an expression of Python's grammar, read by Python's own parser and never run. Fields are
`item_id`, `price`, `updated_days` (since the facts last changed), `available`, `categories`,
`tags` and `attributes.NAME`; `context.NAME` is what the request says of itself. Comparisons are
`==`, `!=`, `<`, `<=`, `>`, `>=` and `in`, joined by `and`, `or` and `not`. `did(TYPE, ..., days=D,
hours=H)` is true of items with which the user did one of these (any, if none is named), as far as
their history goes back. What an item lacks, or has of another kind, is equal to nothing and in no
order: `price < 20` is false of an item without a price, and `price != 20` is true of it.
"""

import ast
from collections.abc import Mapping
from typing import Any

from domain.filter import (
    LABELS,
    NUMBERS,
    Always,
    Did,
    Joined,
    Literal,
    Not,
    OneOf,
    Tree,
    Within,
    holds,
)

MAX_CHARS = 1_000
MAX_TERMS = 60  # comparisons and calls; each reads a column of the catalogue once, at most
MAX_DEPTH = 12

_CONTEXT = "context."

class ExpressionError(ValueError):
    """A filter cannot be used. position: of the first character that is wrong, from 1."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason}, at character {position}")
        self.position = position


def parse(
    text: str, types: Mapping[str, int], context: Mapping[str, Literal] | None = None
) -> Tree:
    """The tree of a filter; `context.NAME` is replaced by what it is true of.

    types: the event types that `did` may name, and their codes.
    raises: ExpressionError.
    """
    if len(text) > MAX_CHARS:
        raise ExpressionError(f"is longer than {MAX_CHARS} characters", MAX_CHARS + 1)
    for what, found in (("a backslash", text.find("\\")), ("a comment", _comment(text)),
                        ("a null character", text.find("\0"))):
        if found >= 0:
            raise ExpressionError(f"{what} has no meaning in a filter", found + 1)
    # White space before an expression is indentation to Python, and a line's end is its end.
    line = "".join(" " if c.isspace() else c for c in text)
    start = len(line) - len(line.lstrip())
    try:
        root = ast.parse(line.strip(), mode="eval").body
    except SyntaxError as error:
        # Python tells no place where the text ends too early.
        position = start + (error.offset or len(line.strip()) + 1)
        raise ExpressionError(f"no filter: {error.msg}", position) from error
    except (RecursionError, MemoryError) as error:
        raise ExpressionError("no filter: is nested too deep to be read", 1) from error
    return _Reader(line.strip(), start, types, context or {}).tree(root, 1)


def _comment(text: str) -> int:
    """Where a comment begins, which Python's parser would pass over; -1 for nowhere."""
    quote = ""
    for place, letter in enumerate(text):
        if letter == "#" and not quote:
            return place
        if letter in "'\"":
            quote = letter if not quote else "" if letter == quote else quote
    return -1


class _Reader:
    """Turns Python's tree into ours, and refuses whatever has no meaning in a filter."""

    def __init__(
        self, line: str, start: int, types: Mapping[str, int], context: Mapping[str, Literal]
    ) -> None:
        self._raw, self._start = line.encode(), start
        self._types, self._context = types, context
        self._terms = 0

    def tree(self, node: ast.expr, depth: int) -> Tree:
        if depth > MAX_DEPTH:
            raise self._wrong(node, f"is nested more than {MAX_DEPTH} deep")
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = tuple(self.tree(value, depth + 1) for value in values)
                return Joined(isinstance(op, ast.And), parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.tree(operand, depth + 1))
            case ast.Constant(value=bool() as value):
                return Always(value)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                terms = [left, *comparators]
                parts = tuple(self._compare(terms[i], op, terms[i + 1])
                              for i, op in enumerate(ops))
                return parts[0] if len(parts) == 1 else Joined(True, parts)
            case ast.Call():
                return self._did(node)
            case _:
                field = self._field(node)
                if field in (*NUMBERS, *LABELS, "item_id"):
                    raise self._wrong(node, f"{field} is neither true nor false")
                return self._resolved(field, OneOf(field, frozenset({True})))

    def _compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Tree:
        self._count(left)
        if isinstance(op, (ast.NotEq, ast.NotIn)):
            same = ast.Eq() if isinstance(op, ast.NotEq) else ast.In()
            return Not(self._compare_plain(left, same, right))
        return self._compare_plain(left, op, right)

    def _compare_plain(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Tree:
        if isinstance(op, ast.In):
            if isinstance(right, (ast.List, ast.Tuple)):
                return self._equal(left, right.elts)
            return self._holds(right, left)
        if self._is_literal(left):
            left, op, right = right, _TURNED.get(type(op), op), left
        if isinstance(op, ast.Eq):
            return self._equal(left, [right])
        if type(op) not in _RANGES:
            raise self._wrong(left, "compares in a way that filters do not know")
        return self._in_order(left, op, right)

    def _equal(self, node: ast.expr, wanted: list[ast.expr]) -> Tree:
        field, literals = self._field(node), [self._literal(one) for one in wanted]
        if field in LABELS:
            raise self._wrong(node, f'{field} is a list: write "..." in {field}')
        numbers = [one for one in literals if isinstance(one, float)]
        texts = frozenset(one for one in literals if not isinstance(one, float))
        if texts and field in NUMBERS:
            raise self._wrong(node, f"{field} is a number")
        if numbers and field in ("item_id", "available"):
            raise self._wrong(node, f"{field} is no number")
        parts: list[Tree] = [Within(field, one, one) for one in numbers]
        if texts or not parts:
            parts.append(OneOf(field, texts))
        tree = parts[0] if len(parts) == 1 else Joined(False, tuple(parts))
        return self._resolved(field, tree)

    def _holds(self, node: ast.expr, wanted: ast.expr) -> Tree:
        field, literal = self._field(node), self._literal(wanted)
        if field not in LABELS or not isinstance(literal, str):
            raise self._wrong(node, f'"in" takes a text and {" or ".join(LABELS)}, or a list')
        return OneOf(field, frozenset({literal}))

    def _in_order(self, node: ast.expr, op: ast.cmpop, wanted: ast.expr) -> Tree:
        field, literal = self._field(node), self._literal(wanted)
        if not isinstance(literal, float) or field in (*LABELS, "item_id", "available"):
            raise self._wrong(node, "only numbers have an order")
        upward, closed = _RANGES[type(op)]
        tree = (Within(field, low=literal, closed=closed) if upward
                else Within(field, high=literal, closed=closed))
        return self._resolved(field, tree)

    def _did(self, node: ast.Call) -> Tree:
        self._count(node)
        if not (isinstance(node.func, ast.Name) and node.func.id == "did"):
            raise self._wrong(node, "the only call is did(...)")
        types = [self._literal(one) for one in node.args]
        for name, one in zip(types, node.args, strict=True):
            if name not in self._types:
                raise self._wrong(one, f"must be one of {', '.join(sorted(self._types))}")
        within_ms = float("inf")
        for word in node.keywords:
            length = self._literal(word.value)
            if word.arg not in _LENGTHS_MS or not isinstance(length, float) or length <= 0:
                raise self._wrong(word.value, "a time is days=D or hours=H, above 0")
            within_ms = min(within_ms, length * _LENGTHS_MS[word.arg])
        return Did(frozenset(self._types[str(name)] for name in types), within_ms)

    def _field(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name) if name in (*NUMBERS, *LABELS, "item_id", "available"):
                return name
            case (ast.Attribute(value=ast.Name(id="attributes" | "context" as of), attr=name)
                  | ast.Subscript(value=ast.Name(id="attributes" | "context" as of),
                                  slice=ast.Constant(value=str() as name))):
                return f"{of}.{name}"
        known = ", ".join((*NUMBERS, *LABELS, "item_id", "available", "attributes.NAME"))
        raise self._wrong(node, f"is no field of an item: {known}, context.NAME")

    def _resolved(self, field: str, tree: Tree) -> Tree:
        """The tree, or what it says of the request when it is about that."""
        if not field.startswith(_CONTEXT):
            return tree
        said = self._context.get(field.removeprefix(_CONTEXT))
        return Always(holds(tree, said, said))

    def _is_literal(self, node: ast.expr) -> bool:
        return isinstance(node, (ast.Constant, ast.UnaryOp))

    def _literal(self, node: ast.expr) -> Literal:
        match node:
            case ast.Constant(value=bool() | str() as value):
                return value
            case ast.Constant(value=int() | float() as value) if abs(value) <= _LARGEST:
                return float(value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                if not isinstance(value, bool) and abs(value) <= _LARGEST:
                    return -float(value)
        raise self._wrong(node, "must be a text, a number of at most 1e15, True or False")

    def _count(self, node: ast.expr) -> None:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._wrong(node, f"has more than {MAX_TERMS} comparisons")

    def _wrong(self, node: ast.expr, reason: str) -> ExpressionError:
        before = len(self._raw[:node.col_offset].decode(errors="ignore"))
        return ExpressionError(reason, self._start + before + 1)


_LARGEST = 1e15  # whole numbers up to here are exact as floats
_LENGTHS_MS: Mapping[Any, float] = {"days": 86_400_000.0, "hours": 3_600_000.0}
_TURNED: Mapping[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.Gt(), ast.LtE: ast.GtE(), ast.Gt: ast.Lt(), ast.GtE: ast.LtE()}
_RANGES = {ast.Lt: (False, False), ast.LtE: (False, True),
           ast.Gt: (True, False), ast.GtE: (True, True)}
