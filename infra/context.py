"""The context of cdk.json and the command line -> settings by name, over those of a profile."""

import json
from collections.abc import Mapping
from typing import Any


class DeploymentError(ValueError):
    """A key of the context is unknown or holds what it may not."""


def with_profile(context: Mapping[str, Any], stack: str) -> dict[str, Any]:
    """The context, and what its profile says where it is silent. stack: its name by default.

    raises: DeploymentError.
    """
    given = dict(context)
    profiles, name = given.pop("profiles", {}), given.pop("profile", None)
    if not (isinstance(profiles, Mapping)
            and all(isinstance(profile, Mapping) for profile in profiles.values())):
        raise DeploymentError(f"profiles: {profiles!r} is not settings by the names of profiles")
    if name is None:
        return given
    if name not in profiles:
        raise DeploymentError(f"profile: no {name!r}; known are {', '.join(profiles)}")
    _spare({"name": stack, **profiles[name], **given}["name"], given, name, profiles[name])
    return {**profiles[name], **given}


def _spare(
    stack: str, given: Mapping[str, Any], name: str, profile: Mapping[str, Any]
) -> None:
    """Lets a profile that keeps no data at no stack but the one that it names.

    The name of a living deployment in cdk.json looks as one of the command line does. That data be
    kept is no way out: such a profile soon forgets events as well.
    raises: DeploymentError, unless the context itself says that no data is kept.
    """
    no = (False, "false")
    if (profile.get("retain_data") in no and given.get("retain_data") not in no
            and stack != profile.get("name")):
        raise DeploymentError(
            f"name: profile {name} keeps no data, and {stack!r} is no name that it gives; leave "
            f"name to the profile, or say retain_data=false if nothing of {stack} need stay")


def _number(key: str, value: Any) -> float:
    try:
        return float(value)
    except (ValueError, TypeError) as error:
        raise DeploymentError(f"{key}: {value!r} is not a number") from error


def read(key: str, value: Any, kind: type) -> Any:
    """A value of cdk.json as it stands, or the text of `-c key=value`."""
    if kind is str and isinstance(value, list | dict):
        return json.dumps(value)
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    if kind is float:
        return _number(key, value)
    if kind is bool and value in ("true", "false"):
        return bool(value == "true")
    if kind is int and isinstance(value, str) and value.isdecimal():
        return int(value)
    expected = {str: "text", int: "a whole number", bool: "true or false"}[kind]
    raise DeploymentError(f"{key}: {value!r} is not {expected}")
