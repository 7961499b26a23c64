"""What an interleaving says so far, and what it does not say yet."""

from typing import Any

from local.contested import contested

FOUND: dict[str, Any] = {
    "experiment": "duel", "starts": "then", "metric": "clicks", "window_days": 7.0,
    "variants": [{"name": "old", "taken": 12, "won": 4}, {"name": "new", "taken": 20, "won": 9}],
    "lists": 30, "users": 20, "waiting": 0, "ties": 17, "preferred": 0.6, "interval": None,
    "interval_of_one_look": None, "p": None, "is_different": False}


def test_of_too_few_users_nothing_is_said() -> None:
    said = contested({**FOUND, "waiting": 7})

    assert "| new | 20 | 9 |" in said
    assert "30 lists of 20 users, 17 of them even." in said
    assert "Nothing is said of fewer than 100 users" in said
    assert "7 users saw such lists, and their window is not over." in said


def test_a_preference_is_told_with_both_intervals() -> None:
    said = contested({**FOUND, "interval": [0.52, 0.68], "interval_of_one_look": [0.55, 0.65],
                      "p": 0.012, "is_different": True})

    assert "new is preferred by 60.0% of users" in said
    assert "52.0% to 68.0% for every look, 55.0% to 65.0% for one look; p 0.012 *" in said
    assert "window is not over" not in said
