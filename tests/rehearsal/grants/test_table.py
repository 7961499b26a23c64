from rehearsal.grants.table import Row, read, render

ROWS = [Row("DoorRole", "kinesis:PutRecord on Stream", True, "The door takes an event."),
        Row("DoorRole", "kinesis:DeleteStream on Stream", False, "nothing failed"),
        Row("Parked", "sqs:SendMessage on itself", True, "An event goes to the queue.")]


def test_a_page_counts_what_is_needless() -> None:
    assert "3 cuts, 1 needless." in render(ROWS).splitlines()


def test_each_holder_has_a_table_of_what_it_is_given() -> None:
    sections = render(ROWS).split("\n## ")[1:]

    assert [section.splitlines()[0] for section in sections] == ["DoorRole", "Parked"]
    assert sections[1].splitlines()[-2:] == [
        "|---|---|", "| sqs:SendMessage on itself | An event goes to the queue. |"]


def test_what_is_needless_stands_out() -> None:
    assert "| kinesis:DeleteStream on Stream | **needless** nothing failed |" in render(ROWS)


def test_a_page_is_read_as_it_was_written() -> None:
    assert read(render(ROWS)) == ROWS
