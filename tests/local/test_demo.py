import csv
from pathlib import Path

import pytest

from local import demo, planted


def write_csv(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["user_id", "item_id", "timestamp", "type"])
        for record in planted.records(users=120, length=24):
            for event in record.batch.events:
                rows.writerow([record.batch.subject, event.item_id, event.at_ms, event.type])
        rows.writerow(["", "a1", "1700000000", "view"])


def test_the_demo_tells_the_whole_story_on_a_file_of_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(tmp_path / "events.csv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVENTS", "events.csv")

    demo.main()

    told = capsys.readouterr().out
    assert "events.csv: 2880 events of 120 users on 48 items" in told
    assert "1 left out, such as:\n    line 2882: user_id is empty" in told
    assert "promoted" in told
    assert "Recommended (personal:" in told
    assert "ms after the click the list is:" in told
    assert "python -m local" in told


def test_a_file_without_events_ends_with_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "events.csv").write_text("user,item\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVENTS", "events.csv")

    with pytest.raises(SystemExit, match="the header lacks user_id, item_id, timestamp"):
        demo.main()
