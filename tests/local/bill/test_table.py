from local.bill.table import span, table


def test_the_first_column_stands_left_and_numbers_right() -> None:
    assert table(["a", "b"], [["x", 1], ["y", "2"]]) == (
        "| a | b |\n| --- | ---: |\n| x | 1 |\n| y | 2 |")


def test_an_interval_has_two_ends_of_one_form() -> None:
    assert span([0.25, 0.5], ".0%") == "25% to 50%"
