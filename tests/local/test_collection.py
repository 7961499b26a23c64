from pathlib import Path

import pytest

from local.collection import CollectionError, batches, read_csv


def csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_become_events_in_time_order(tmp_path: Path) -> None:
    path = csv(tmp_path, "user_id,item_id,timestamp,type,value\n"
               "ann,b,1700000100,purchase,9.5\n"
               "ann,a,1700000000,view,\n"
               "bob,ü/1,2023-11-14T22:13:20Z,,\n")

    found = read_csv(path)

    assert [(e["item_id"], e["type"], e["at"]) for e in found.events["ann"]] == [
        ("a", "view", 1_700_000_000_000), ("b", "purchase", 1_700_000_100_000)]
    assert found.events["ann"][1]["value"] == 9.5
    assert found.events["bob"] == [{
        "item_id": "ü/1", "type": "view", "at": 1_700_000_000_000,
        "event_id": "bob/ü/1/view/1700000000000"}]
    assert [item["item_id"] for item in found.items] == ["a", "b", "ü/1"]
    assert found.count() == 3
    assert found.newest_ms == 1_700_000_100_000


def test_a_bad_row_gets_its_line_and_reason_and_the_rest_is_loaded(tmp_path: Path) -> None:
    path = csv(tmp_path, "user_id,item_id,timestamp,value\n"
               "ann,a,1700000000,1\n"
               ",a,1700000000,1\n"
               "ann,a,yesterday,1\n"
               "ann,a,2023-11-14T22:13:20,1\n"
               "ann,a,1700000000,much\n"
               "ann,a,1700000000,1,too,many\n"
               "bob,a,1700000000123,2\n")

    found = read_csv(path)

    assert found.problems == [
        "line 3: user_id is empty",
        "line 4: timestamp 'yesterday' is neither epoch nor RFC 3339",
        "line 5: timestamp '2023-11-14T22:13:20' has no time zone, such as Z",
        "line 6: value 'much' is no number",
        "line 7: more fields than the header has",
    ]
    assert set(found.events) == {"ann", "bob"}
    assert found.events["bob"][0]["at"] == 1_700_000_000_123


def test_a_header_without_the_needed_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="lacks timestamp"):
        read_csv(csv(tmp_path, "user_id,item_id\nann,a\n"))


def test_a_file_without_a_usable_row_is_refused_with_the_reasons(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="line 2: item_id is empty"):
        read_csv(csv(tmp_path, "user_id,item_id,timestamp\nann,,1700000000\n"))


def test_events_are_sent_in_pieces_per_user(tmp_path: Path) -> None:
    rows = "".join(f"ann,{n},{1_700_000_000 + n}\n" for n in range(5)) + "bob,1,1700000000\n"
    found = read_csv(csv(tmp_path, "user_id,item_id,timestamp\n" + rows))

    pieces = [(user, [e["item_id"] for e in events]) for user, events in batches(found, 2)]

    assert pieces == [("ann", ["0", "1"]), ("ann", ["2", "3"]), ("ann", ["4"]), ("bob", ["1"])]
