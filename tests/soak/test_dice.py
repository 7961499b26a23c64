"""Chance comes from the seed alone, and each kind has its own."""

from soak.dice import ALL, Dice, Kind


def drawn(seed: int, allowed: frozenset[Kind] = ALL) -> dict[Kind, list[bool]]:
    dice = Dice(seed, allowed)
    return {kind: [dice.strikes(kind, 0.2) for _ in range(200)] for kind in Kind}


def test_a_seed_always_falls_alike_and_another_otherwise() -> None:
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_leaving_a_kind_out_moves_no_other() -> None:
    whole = drawn(7)

    without = drawn(7, ALL - {Kind.ZOMBIE})

    assert not any(without.pop(Kind.ZOMBIE))
    assert any(whole.pop(Kind.ZOMBIE))
    assert without == whole


def test_seeds_have_mixes_of_their_own() -> None:
    never = [{kind for kind, struck in drawn(seed).items() if not any(struck)}
             for seed in range(20)]

    assert all(0 < len(kinds) < len(Kind) for kinds in never)
    assert len(set(map(frozenset, never))) == 20


def test_nothing_strikes_once_it_is_calm() -> None:
    dice = Dice(3)

    dice.calm()

    assert not any(dice.strikes(kind, 1.0) for kind in Kind)


def test_what_struck_is_counted_and_told_in_order() -> None:
    dice = Dice(0)

    dice.note(Kind.KILLED, "before a put")
    dice.tell("a second run failed")
    dice.note(Kind.KILLED, "after it")

    assert dice.struck == {Kind.KILLED: 2}
    assert dice.story == ["killed: before a put", "a second run failed", "killed: after it"]
