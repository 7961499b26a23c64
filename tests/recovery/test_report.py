"""What a person reads at the end."""

from collections import Counter

from recovery.report import Report


def test_counts_come_first_and_then_every_loss() -> None:
    report = Report(Counter({"users written": 12_000, "records read": 3}), ["events of x: torn"])

    assert report.lines() == ["records read   3", "users written  12,000",
                              "NOT RESTORED: events of x: torn"]


def test_nothing_done_is_nothing_said() -> None:
    assert Report().lines() == []
