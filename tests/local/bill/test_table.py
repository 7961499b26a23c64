from local.bill.table import table


def test_the_first_column_stands_left_and_numbers_right() -> None:
    assert table(["a", "b"], [["x", 1], ["y", "2"]]) == (
        "| a | b |\n| --- | ---: |\n| x | 1 |\n| y | 2 |")
