"""Who sees which variant: evenly, independently, the same for ever; what settings are refused."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.experiment import (
    Assignment,
    Duel,
    Experiment,
    ExperimentError,
    Experiments,
    Variant,
)

STARTS = "2026-01-05T00:00:00Z"
STARTS_MS = 1_767_571_200_000
USERS = [f"user-{n}" for n in range(20_000)]


def half(name: str, /, **changes: Any) -> dict[str, Any]:
    """An experiment with one half as it is and one half changed."""
    return {"name": name, "starts": STARTS, "variants": [
        {"name": "control", "share": 0.5}, {"name": "other", "share": 0.5, **changes}]}


def read(*experiments: dict[str, Any]) -> Experiments:
    return Experiments.from_json(json.dumps(experiments))


def test_shares_are_what_subjects_see() -> None:
    thirds = Experiment("thirds", 0, (Variant("a", 0.2), Variant("b", 0.3), Variant("c", 0.1)))

    seen = Counter(v.name if v else None for v in map(thirds.variant_of, USERS))

    # Four standard errors of a share of 20,000: 1.4% at most.
    for name, share in (("a", 0.2), ("b", 0.3), ("c", 0.1), (None, 0.4)):
        assert seen[name] / len(USERS) == pytest.approx(share, abs=0.014)


def test_experiments_know_nothing_of_each_other() -> None:
    both = read(half("one"), half("two"))

    seen = Counter(tuple(both.assign(user, STARTS_MS).named.values()) for user in USERS)

    assert len(seen) == 4
    assert all(count / len(USERS) == pytest.approx(0.25, abs=0.013) for count in seen.values())


@given(subject=st.text(max_size=20))
def test_a_subject_sees_the_same_variant_at_any_time(subject: str) -> None:
    running = read(half("one"))

    now, later = (running.assign(subject, STARTS_MS + ms) for ms in (0, 10**12))

    assert now == later
    assert now.named["one"] in ("control", "other")


def test_before_its_start_nobody_is_in_an_experiment() -> None:
    found = read(half("one")).assign("ada", STARTS_MS - 1)

    assert found == Assignment({}, {}, {})
    assert found.told() == {}


def test_a_variant_says_what_it_changes() -> None:
    running = read(half("mix", weights={"graph": 2, "encoder": 0.5}),
                   half("rule", flags={"cap-per-brand": 2, "new-first": True}))

    changed = [found for found in (running.assign(user, STARTS_MS) for user in USERS[:50])
               if set(found.named.values()) == {"other"}]

    assert changed
    assert changed[0].told() == {"experiments": {"mix": "other", "rule": "other"}}
    assert changed[0].weights == {"graph": 2, "encoder": 0.5}
    assert changed[0].flags == {"cap-per-brand": 2, "new-first": True}


def test_whoever_is_in_an_interleaving_sees_the_control_beside_its_rival() -> None:
    running = read({"name": "duel", "starts": STARTS, "kind": "interleaving", "variants": [
                       {"name": "a", "share": 0.2, "weights": {"graph": 2}},
                       {"name": "b", "share": 0.3, "weights": {"encoder": 3}}]},
                   half("mix", weights={"popularity": 4}))

    assigned = [running.assign(user, STARTS_MS) for user in USERS[:2000]]
    inside = [found for found in assigned if found.duel]
    other = next(found for found in inside if found.named["mix"] == "other")

    assert len(inside) / len(assigned) == pytest.approx(0.5, abs=0.05)  # what both shares hold
    assert other.duel == Duel("duel", "a+b", {"encoder": 3, "popularity": 4})
    assert other.weights == {"graph": 2, "popularity": 4}
    assert other.told() == {"experiments": {"duel": "a", "mix": "other"}}
    assert other.told(drafted=True) == {"experiments": {"duel": "a+b", "mix": "other"}}


def test_an_experiment_is_found_by_its_name() -> None:
    running = read(half("one"), half("two"))

    assert running.named("two").name == "two"
    with pytest.raises(ExperimentError, match="no 'three'; known are one, two"):
        running.named("three")
    with pytest.raises(ExperimentError, match="known are none"):
        Experiments().named("one")


def test_thirds_share_out_all() -> None:
    variants = [{"name": name, "share": 1 / 3} for name in "abc"]

    running = read({"name": "one", "starts": STARTS, "variants": variants})

    assert all(running.assign(user, STARTS_MS).named for user in USERS)


@pytest.mark.parametrize(("setting", "named"), [
    ("{", "Expecting"), ("{}", "experiments must be array"),
    ('[{"name": "one"}]', r"experiments\[0\].starts is required"),
    ([half("One")], r"experiments\[0\].name must be lower-case"),
    ([half("one", share=2)], r"variants\[1\].share must be at most 1"),
    ([half("one", share=0.6)], "one.variants share out more than 1"),
    ([half("one", name="control")], "one.variants: control is there twice"),
    ([half("one", weights={"grahp": 2})], r"weights.grahp is not a known field"),
    ([half("one", weights={"graph": -1})], r"weights.graph must be at least 0"),
    ([half("one", flags={"cap": [1]})], r"flags.cap must be"),
    ([half("one"), half("one")], "name: one is there twice"),
    ([half("one", weights={"graph": 1}), half("two", weights={"graph": 2})],
     "variants: weights.graph is there twice"),
    ([{**half("one"), "starts": "monday"}], "one.starts must be RFC 3339"),
    ([{**half("one"), "starts": "2026-01-05T00:00:00"}], "one.starts must carry a time zone"),
    ([{**half("one"), "kind": "guess"}], r"experiments\[0\].kind must be one of"),
    ([{**half("one", flags={"cap": 1}), "kind": "interleaving"}], "one.variants must be two"),
    ([{**half("one"), "kind": "interleaving"}, {**half("two"), "kind": "interleaving"}],
     "kind: interleaving is there twice"),
    ([half(f"e-{n}-{'x' * 50}") for n in range(15)], "hold more than 2000 bytes"),
])
def test_a_setting_that_makes_no_sense_is_refused_by_name(setting: Any, named: str) -> None:
    text = setting if isinstance(setting, str) else json.dumps(setting)

    with pytest.raises(ExperimentError, match=rf"^experiments: .*{named}"):
        Experiments.from_json(text)
