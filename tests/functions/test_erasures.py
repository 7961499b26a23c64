"""The marks of the bucket."""

from domain.erasure import Act, Mark, mark_of
from domain.key import subject_hash
from functions.erasures import read_marks
from tests.functions.stage import Stage


def test_every_mark_is_read_and_what_is_none_is_told_of(stage: Stage) -> None:
    shelf, told = stage.shelf(), list[str]()
    shelf.put(mark_of("ann", 5), b"")
    shelf.put(mark_of("ann", 7, Act.CONSENTED), b"")
    shelf.put("erasures/strange", b"")

    marks = read_marks(shelf, told.append)

    ann = subject_hash("ann")
    assert sorted(marks) == [Mark(ann, 5, Act.ERASED), Mark(ann, 7, Act.CONSENTED)]
    assert told == ["passed over: erasures/strange is no mark of an erasure"]
