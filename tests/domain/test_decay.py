from domain.decay import HALF_LIVES_MS


def test_a_half_life_is_what_its_name_says() -> None:
    unit_ms = {"h": 3_600_000, "d": 24 * 3_600_000}

    assert {name: int(name[:-1]) * unit_ms[name[-1]] for name in HALF_LIVES_MS} == HALF_LIVES_MS
