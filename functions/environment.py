"""A function's settings as environment variables: written by infra, read by the handler."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

PREFIX = "HEADWATER_"


class SettingsError(RuntimeError):
    """The environment does not hold what the function needs."""


@dataclass(frozen=True)
class Settings:
    """Reads and writes the fields of one function's settings as environment variables."""

    def to_env(self) -> dict[str, str]:
        """The environment variables that carry these settings."""
        return {PREFIX + f.name.upper(): str(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Settings out of an environment.

        raises: SettingsError, with the name of every missing variable.
        """
        names = {f.name: PREFIX + f.name.upper() for f in fields(cls)}
        missing = [variable for variable in names.values() if variable not in env]
        if missing:
            raise SettingsError(f"{cls.__name__} needs {', '.join(missing)}")
        return cls(**{name: env[variable] for name, variable in names.items()})
