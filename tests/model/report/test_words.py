"""Everything that is measured has words."""

from model.report.words import GROUPS, decimal, percent, words_of


def test_figures_read_as_people_write_them() -> None:
    assert percent(0.1234) == "12.3%"
    assert decimal(0.12345) == "0.123"


def test_a_group_of_the_users_file_is_called_as_its_column() -> None:
    assert words_of("age_band").title == "By age band"
    assert words_of("history") is GROUPS["history"]
