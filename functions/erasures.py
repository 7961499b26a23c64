"""The marks of erasures in the bucket, read whole."""

from collections.abc import Callable

from domain.erasure import ErasureError, Mark, read_mark
from domain.layout import ERASURES
from functions.shelf import Shelf


def read_marks(shelf: Shelf, tell: Callable[[str], object]) -> list[Mark]:
    """Every mark there is; what is none of ours is told of and passed over."""
    marks: list[Mark] = []
    for listed in shelf.listed(ERASURES):
        try:
            marks.append(read_mark(listed.key))
        except ErasureError as error:
            tell(f"passed over: {error}")
    return marks
