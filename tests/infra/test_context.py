"""What a deployer wrote, read as settings; what they mean is `test_deployment`'s."""

from typing import Any

import pytest

from infra.context import DeploymentError, read, with_profile

PROFILES = {"profiles": {"big": {"shards": 8}, "gone": {"name": "try", "retain_data": False}}}


def test_what_is_said_beside_a_profile_lies_over_it() -> None:
    said = {**PROFILES, "profile": "big"}

    assert with_profile(said, "shop") == {"shards": 8}
    assert with_profile({**said, "shards": 2}, "shop") == {"shards": 2}
    assert with_profile({**PROFILES, "shards": 2}, "shop") == {"shards": 2}


@pytest.mark.parametrize(("said", "reason"), [
    ({"profiles": 3}, "^profiles: "), ({**PROFILES, "profile": "small"}, "known are big, gone"),
    ({**PROFILES, "profile": "gone", "name": "shop"}, "^name: profile gone keeps no data"),
])
def test_a_profile_that_cannot_be_taken_is_refused(said: dict[str, Any], reason: str) -> None:
    with pytest.raises(DeploymentError, match=reason):
        with_profile(said, "shop")


@pytest.mark.parametrize(("value", "kind", "wanted"), [
    ("3", int, 3), (3, int, 3), ("true", bool, True), ("0.5", float, 0.5), ([1], str, "[1]"),
    ({"a": 1}, str, '{"a": 1}'), ("x", str, "x"),
])
def test_a_value_is_read_as_its_setting_has_it(value: Any, kind: type, wanted: Any) -> None:
    assert read("key", value, kind) == wanted


@pytest.mark.parametrize(("value", "kind"), [
    ("many", int), (1.5, int), (True, int), ("yes", bool), ("x", float), (None, str),
])
def test_a_value_of_another_kind_is_refused_by_name(value: Any, kind: type) -> None:
    with pytest.raises(DeploymentError, match=r"^key: "):
        read("key", value, kind)
