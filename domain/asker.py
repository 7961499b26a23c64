"""Whose list it is, and when."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.features import Interaction
from domain.vocabulary import Vocabulary


class Asker(NamedTuple):
    """What a user did (history, oldest first), in which words, and the moment of the request."""

    history: Sequence[Interaction]
    vocabulary: Vocabulary
    now_ms: int
