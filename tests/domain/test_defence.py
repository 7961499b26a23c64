"""Settings of the defence: defaults, what a deployment lays over them, and what it may not."""


import pytest

from domain.defence import NEW, OFF, PASSING, REASONS, Defence, DefenceError


def test_what_is_not_said_is_as_by_default() -> None:
    assert Defence.from_json("{}") == Defence()
    assert Defence.from_json('{"item_free": 2.5}') == Defence(item_free=2.5)


def test_settings_survive_their_text() -> None:
    strict = Defence(user_per_minute=1, new_times=1.5)

    assert Defence.from_json(strict.to_json()) == strict
    assert Defence.from_json(OFF.to_json()) == OFF


@pytest.mark.parametrize(("text", "named"), [
    ('{"item_fre": 1}', "item_fre"), ('{"item_free": -1}', "item_free"),
    ('{"item_free": "2"}', "item_free"), ('{"item_free": NaN}', "item_free"),
    ('{"broad_items": 17}', "broad_items"), ("[]", "defence"), ("{", "defence"), ("7", "defence"),
])
def test_what_makes_no_sense_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(DefenceError, match=named):
        Defence.from_json(text)


def test_a_refusal_says_what_there_is() -> None:
    with pytest.raises(DefenceError) as caught:
        Defence.from_json('{"limit": 1}')

    assert all(name in str(caught.value) for name in Defence._fields)


def test_each_level_has_its_multiple() -> None:
    rules = Defence(passing_times=2, new_times=4)

    assert (rules.times(PASSING), rules.times(NEW)) == (2, 4)
    assert len(set(REASONS)) == len(REASONS)
