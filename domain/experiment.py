"""Experiments: who sees which variant, and what a variant changes about a list.

Nothing is kept of it. A variant follows from the experiment's name and the subject, so the function
that makes lists and the report that reads the event log say the same without telling each other.

An experiment of kind `interleaving` shows every subject both of its variants, in one list.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from domain import setting
from domain.event import EventError, parse_time
from domain.key import share_of
from domain.schema import compile_schema

INTERLEAVING = "interleaving"
# All variables of a function hold 4 KB together. source: AWS, "Lambda quotas".
MAX_SETTING_BYTES = 2_000

_NAME = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9-]{0,63}(?![\s\S])",
         "description": "must be lower-case letters, digits and hyphens, 64 at most"}
_WEIGHT = {"type": "number", "minimum": 0, "maximum": 1e4}
_FLAG = {"type": ["string", "number", "boolean"], "maxLength": 256, "minimum": -1e15,
         "maximum": 1e15}
_VARIANT = {
    "type": "object",
    "required": ["name", "share"],
    "additionalProperties": False,
    "properties": {
        "name": _NAME,
        "share": {"type": "number", "minimum": 0.001, "maximum": 1},
        "weights": {"type": "object", "additionalProperties": False, "properties": {
            "encoder": _WEIGHT, "graph": _WEIGHT, "popularity": _WEIGHT}},
        "flags": {"type": "object", "propertyNames": _NAME, "additionalProperties": _FLAG},
    },
}
_EXPERIMENT = {
    "type": "object",
    "required": ["name", "starts", "variants"],
    "additionalProperties": False,
    "properties": {
        "name": _NAME,
        "starts": {"type": "string"},
        "kind": {"type": "string", "enum": ["variants", INTERLEAVING]},
        "variants": {"type": "array", "minItems": 2, "maxItems": 10, "items": _VARIANT},
    },
}
_check = compile_schema({"type": "array", "maxItems": 20, "items": _EXPERIMENT})


class ExperimentError(ValueError):
    """A deployment set its experiments to what they may not be."""


class Variant(NamedTuple):
    """One way to make a list.

    weights: by name, in place of those of the model card's `Blend`: encoder, graph, popularity.
    flags:   what rules of ranking read, by name.
    """

    name: str
    share: float
    weights: Mapping[str, float] = {}
    flags: Mapping[str, str | float | bool] = {}

    @property
    def sets(self) -> set[str]:
        """What it changes, spelled for people."""
        return {f"weights.{name}" for name in self.weights} | {f"flags.{n}" for n in self.flags}


class Experiment(NamedTuple):
    """Variants, of which the first is the control. What their shares leave sees none of them.

    interleaves: does whoever is in it see both of its two variants, in one list?
    """

    name: str
    starts_ms: int
    variants: tuple[Variant, ...]
    interleaves: bool = False

    def variant_of(self, subject: str) -> Variant | None:
        """The variant a subject sees, whenever it asks; None for one outside the experiment."""
        drawn, upper = share_of(self.name, subject), 0.0
        for variant in self.variants:
            upper += variant.share
            if drawn < upper:
                return variant
        return None


class Duel(NamedTuple):
    """Two rankers for one subject. weights: all that run where the second one ranks."""

    experiment: str
    both: str
    weights: dict[str, float]


class Assignment(NamedTuple):
    """What runs for one subject. named: experiment -> variant; the rest: what those set.

    duel: whose picks its lists are drafted of, beside the control's; None without an interleaving.
    """

    named: dict[str, str]
    weights: dict[str, float]
    flags: dict[str, str | float | bool]
    duel: Duel | None = None

    def told(self, *, drafted: bool = False) -> dict[str, dict[str, str]]:
        """What an answer says of it: nothing where nothing runs. drafted: is the list of both?"""
        if drafted and self.duel:
            return {"experiments": {**self.named, self.duel.experiment: self.duel.both}}
        return {"experiments": self.named} if self.named else {}


class Experiments(NamedTuple):
    """All that a deployment runs at once; no two of them set the same thing."""

    running: tuple[Experiment, ...] = ()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the setting: a list of `{"name", "starts", "variants"}`.

        raises: ExperimentError, naming what is wrong.
        """
        given = setting.decoded("experiments", text, ExperimentError)
        if len(text.encode()) > MAX_SETTING_BYTES:
            raise ExperimentError(f"experiments: hold more than {MAX_SETTING_BYTES} bytes")
        setting.hold("experiments", given, _check, ExperimentError)
        running = tuple(_experiment(raw) for raw in given)
        _hold_apart(running)
        return cls(running)

    def named(self, name: str) -> Experiment:
        """One of them. raises: ExperimentError, when there is none of that name."""
        for experiment in self.running:
            if experiment.name == name:
                return experiment
        known = ", ".join(experiment.name for experiment in self.running) or "none"
        raise ExperimentError(f"experiments: no {name!r}; known are {known}")

    def assign(self, subject: str, now_ms: int) -> Assignment:
        """What runs for a subject now."""
        found, rival, duel = Assignment({}, {}, {}), dict[str, float](), None
        for experiment in self.running:
            variant = experiment.variant_of(subject) if now_ms >= experiment.starts_ms else None
            if variant is None:
                continue
            beside = variant
            if experiment.interleaves:
                variant, beside = experiment.variants
                duel = Duel(experiment.name, f"{variant.name}+{beside.name}", rival)
            found.named[experiment.name] = variant.name
            found.weights.update(variant.weights)
            rival.update(beside.weights)
            found.flags.update(variant.flags)
        return found._replace(duel=duel)


def _experiment(raw: Mapping[str, Any]) -> Experiment:
    try:
        starts_ms = parse_time(raw["starts"])
    except EventError as error:
        raise ExperimentError(f"experiments: {raw['name']}.starts {error.reason}") from error
    variants = tuple(Variant(**variant) for variant in raw["variants"])
    _once(f"{raw['name']}.variants", [variant.name for variant in variants])
    if sum(variant.share for variant in variants) > 1 + 1e-9:  # thirds do not sum to one
        raise ExperimentError(f"experiments: {raw['name']}.variants share out more than 1")
    interleaves = raw.get("kind") == INTERLEAVING
    if interleaves and (len(variants) != 2 or any(variant.flags for variant in variants)):
        raise ExperimentError(
            f"experiments: {raw['name']}.variants must be two, of weights alone, to be interleaved")
    return Experiment(raw["name"], starts_ms, variants, interleaves)


def _hold_apart(running: Sequence[Experiment]) -> None:
    """Lets no experiment be about what another one is about: neither would be told apart."""
    _once("name", [experiment.name for experiment in running])
    _once("kind", [INTERLEAVING for experiment in running if experiment.interleaves])
    _once("variants", [what for experiment in running
                       for what in sorted(set().union(*(v.sets for v in experiment.variants)))])


def _once(where: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ExperimentError(f"experiments: {where}: {', '.join(twice)} is there twice")
