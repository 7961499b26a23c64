"""Settings -> environment variables -> settings: what those of every function have in common."""

import re
from collections.abc import Mapping
from inspect import get_annotations
from typing import Any, Self, dataclass_transform

PREFIX = "HEADWATER_"


class SettingsError(RuntimeError):
    """The environment does not hold what the function needs."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Settings:
    """Reads and writes the fields of one function's settings as environment variables.

    To type checkers a frozen dataclass. It is none: `dataclass` compiles six methods for each
    class, and those of all verbs cost a starting function half of what numpy does.
    """

    def __init__(self, **told: str) -> None:
        names = self.names()
        if told.keys() != set(names):
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(names)}")
        vars(self).update(told)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} does not change")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Of its fields, and of its parents'."""
        return tuple(name for kind in reversed(cls.__mro__) for name in get_annotations(kind))

    @classmethod
    def verb(cls) -> str:
        """Whose settings these are, as its module is called."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def to_env(self) -> dict[str, str]:
        """The environment variables that carry these settings."""
        return {PREFIX + name.upper(): str(told) for name, told in vars(self).items()}

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Settings out of an environment.

        raises: SettingsError, with the name of every missing variable.
        """
        names = {name: PREFIX + name.upper() for name in cls.names()}
        missing = [variable for variable in names.values() if variable not in env]
        if missing:
            raise SettingsError(f"{cls.__name__} needs {', '.join(missing)}")
        return cls(**{name: env[variable] for name, variable in names.items()})
