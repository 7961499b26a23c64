"""What a list must keep to, told a second time and in another way: filters are run as Python."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.features import Interaction
from domain.filter import DAY_MS
from domain.key import item_key
from domain.vocabulary import Vocabulary

HOUR_MS = 3_600_000


class Missing:
    """What an item lacks: equal to nothing, in no order, true of nothing."""

    def __eq__(self, _: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def _never(self, _: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _never


class Number(float):
    """A number that is in no order with texts and truths, and equal to none of them."""

    def __eq__(self, other: object) -> bool:
        return _plain_number(other) and float(self) == other

    def __hash__(self) -> int:
        return float.__hash__(self)

    def __bool__(self) -> bool:
        return False


class Text(str):
    """A text that is in no order with numbers, and true of nothing by itself."""

    def __lt__(self, _: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__

    def __bool__(self) -> bool:
        return False


class Truth(int):
    """True or false, and no number."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, bool) and bool(self) == other

    def __hash__(self) -> int:
        return int.__hash__(self)

    def __lt__(self, _: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__


class Names:
    """`attributes.NAME` and `context.NAME`."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        return _said(self._values.get(name))


def true_of(
    text: str, facts: Mapping[str, Any], updated_ms: int, deeds: Sequence[Interaction],
    context: Mapping[str, Any], now_ms: int,
) -> bool:
    """Is a filter true of an item? Python says so."""
    codes = {t.name: t.code for t in Vocabulary().types}

    def did(*types: str, days: float = float("inf"), hours: float = float("inf")) -> bool:
        within_ms = min(days * DAY_MS, hours * HOUR_MS)
        return any((not types or deed.type in [codes[name] for name in types])
                   and now_ms - deed.at_ms <= within_ms for deed in deeds)

    names = {
        "did": did, "item_id": Text(facts["item_id"]), "price": _said(facts.get("price")),
        "updated_days": Number((now_ms - updated_ms) / DAY_MS),
        "available": Truth(facts.get("available", True)),
        "categories": facts.get("categories", []), "tags": facts.get("tags", []),
        "attributes": Names(facts.get("attributes", {})), "context": Names(context),
    }
    return bool(eval(text, {"__builtins__": {}}, names))


def faults(
    body: Mapping[str, Any], shown: Sequence[str], catalogue: Mapping[str, tuple[Any, int]],
    history: Sequence[Interaction], passed: Sequence[str], now_ms: int,
) -> list[str]:
    """Every way in which a list breaks what was asked for. catalogue: id -> facts, updated_ms."""
    found = list[str]()

    def matches(text: str, item_id: str) -> bool:
        return _matches(text, item_id, body, catalogue, history, now_ms)

    if len(set(shown)) < len(shown) or set(shown) & set(passed):
        found.append("an item comes twice")
    if len(shown) > body.get("k", 10):
        found.append("more than were asked for")
    pinned = {pin["item_id"] for pin in body.get("pins", ())}
    hiding: dict[str, Callable[[str], bool]] = {
        "excluded": lambda one: one in body.get("exclude", ()),
        "not available": lambda one: not catalogue[one][0].get("available", True),
        "filtered": lambda one: "filter" in body and not matches(body["filter"], one),
        "seen or shown": lambda one: one not in pinned and _hidden(body, one, history, now_ms),
    }
    found += [f"{one} is {why}" for one in shown for why, hides in hiding.items() if hides(one)]
    for quota in body.get("quotas", ()):
        first = shown[:quota.get("first", len(shown))]
        if sum(matches(quota["filter"], one) for one in first) > quota.get("at_most", 10**9):
            found.append(f"more than {quota}")
    return found


def losses(
    body: Mapping[str, Any], plain: Sequence[str], shown: Sequence[str],
    catalogue: Mapping[str, tuple[Any, int]], history: Sequence[Interaction], now_ms: int,
) -> list[str]:
    """Every way in which a list that explores breaks what it keeps where nothing is explored."""
    found = ["it is of another length"] if len(plain) != len(shown) else []
    pinned = {(pin["position"] - 1, pin["item_id"]) for pin in body.get("pins", ())}
    found += [f"{one} is not where it was pinned" for n, one in enumerate(plain)
              if "cursor" not in body and (n, one) in pinned and shown[n] != one]
    for quota in body.get("quotas", ()):
        first = quota.get("first", len(plain))
        had, has = (sum(_matches(quota["filter"], one, body, catalogue, history, now_ms)
                        for one in places[:first]) for places in (plain, shown))
        if has < min(had, quota.get("at_least", 0)):
            found.append(f"fewer than {quota}")
    return found


def _matches(
    text: str, item_id: str, body: Mapping[str, Any], catalogue: Mapping[str, tuple[Any, int]],
    history: Sequence[Interaction], now_ms: int,
) -> bool:
    facts, updated_ms = catalogue[item_id]
    deeds = [deed for deed in history if deed.item == item_key(item_id)]
    return true_of(text, facts, updated_ms, deeds, body.get("context", {}), now_ms)


def _hidden(
    body: Mapping[str, Any], item_id: str, history: Sequence[Interaction], now_ms: int
) -> bool:
    codes = {t.name: t.code for t in Vocabulary().types}
    mine = [deed for deed in history if deed.item == item_key(item_id)]
    said = body.get("exclude_seen", True)
    rule = said if isinstance(said, dict) else {}
    types = [codes[name] for name in rule.get("types", ())] or [
        code for name, code in codes.items() if name != "impression"]
    seen = said is not False and any(
        deed.type in types and now_ms - deed.at_ms <= rule.get("within_h", 1e9) * HOUR_MS
        for deed in mine)
    cap = body.get("exclude_shown")
    shown = [deed for deed in mine if cap and deed.type == codes["impression"]
             and now_ms - deed.at_ms <= cap.get("within_h", 1e9) * HOUR_MS]
    return seen or bool(cap and len(shown) >= cap["times"])


def _said(value: Any) -> Any:
    if value is None:
        return Missing()
    if isinstance(value, bool):
        return Truth(value)
    return Text(value) if isinstance(value, str) else Number(value)


def _plain_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool | Truth)
