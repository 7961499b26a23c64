"""Tables are dropped; what the bucket holds brings them back byte for byte, and lists serve on."""

from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from domain.layout import EVENT_LOG
from domain.page import PageRecord, read_pages
from local import planted
from local.client import Client
from local.cloud import Cloud
from recovery.rebuild import TABLES, Plan, rebuild
from recovery.report import Report
from recovery.rounds import SETTLE_S
from recovery.stack import Adapters
from tests.conftest import Trained
from tests.functions.faults import Faulty
from tests.functions.stage import Stage, files_of, record
from tests.recovery.stage import drop, rows, run
from tests.visits import do_things

SHARDS = ["shardId-000000000000"]


def fill(cloud: Cloud, client: Client) -> None:
    facts = [item.facts for item in planted.items()]
    assert client.call("PUT", "/items", {"items": facts}, admin=True).status == 200
    do_things(cloud)
    cloud.fire("roll_up_catalog")
    cloud.fire("roll_up_trends")


def lists(stage: Stage, client: Client) -> list[Any]:
    """What a new execution environment recommends: items, sources, first reasons."""
    stage.restart("recommend")
    answers = [client.call("GET", f"/users/user-{n}/recommendations?k=8").body for n in range(30)]
    return [(a["source"], [(i["item_id"], [r["signal"] for r in i["reasons"]])
                           for i in a["items"]]) for a in answers]


def records_of(given: Adapters) -> list[tuple[str, PageRecord]]:
    """Each record of the pages once, as who reads pages counts them."""
    records, _ = read_pages(given.pages.after({}, SHARDS))
    found = {(shard, record.sequence): record for shard, record in records}
    return [(shard, found[shard, n]) for shard, n in sorted(found)]


def test_a_deployment_that_lost_every_table_serves_as_before(
    stage: Stage, opened: Adapters, trained: Trained, tmp_path: Path
) -> None:
    cloud = stage.cloud
    with cloud.client() as client:
        fill(cloud, client)
        assert stage.end_job("first", files_of(trained.folder))["promoted"]
        known = {table: rows(cloud, table) for table in ("users", "items", "models")}
        paged, served = records_of(opened), lists(stage, client)

        drop(cloud, *TABLES)
        lost = lists(stage, client)
        report = run(cloud, tmp_path)

        assert report.problems == []
        assert lost != served
        assert lists(stage, client) == served
    assert rows(cloud, "users") == known["users"]
    assert rows(cloud, "items") == known["items"]
    assert records_of(opened) == paged
    assert rows(cloud, "models").keys() == known["models"].keys()
    assert list(tmp_path.iterdir()) == []


def test_a_second_rebuild_changes_nothing(
    stage: Stage, opened: Adapters, trained: Trained, tmp_path: Path
) -> None:
    cloud = stage.cloud
    with cloud.client() as client:
        fill(cloud, client)
    assert stage.end_job("first", files_of(trained.folder))["promoted"]
    drop(cloud, *TABLES)
    run(cloud, tmp_path)
    before = [rows(cloud, table) for table in TABLES]
    revisions = [opened.users.get(f"user-{n}").revision for n in range(30)]

    report = run(cloud, tmp_path)

    assert [rows(cloud, table) for table in TABLES] == before
    assert [opened.users.get(f"user-{n}").revision for n in range(30)] == revisions
    assert not {name for name, count in report.counts.items()
                if count and ("written" in name or "registered" in name)}


def test_who_was_erased_stays_erased(stage: Stage, opened: Adapters, tmp_path: Path) -> None:
    cloud = stage.cloud
    do_things(cloud)
    with cloud.client() as client:
        assert client.call("DELETE", "/users/user-3", admin=True).status == 200
        assert client.call("DELETE", "/users/unseen", admin=True).status == 200
        marks = {key: row for key, row in rows(cloud, "users").items() if "erased" in key}

        drop(cloud, "users")
        report = run(cloud, tmp_path, "users")

        for who in ("user-3", "unseen"):
            body = {"user_id": who, "events": [
                {"event_id": "late", "type": "click", "item_id": "a1"}]}
            assert client.call("POST", "/events", body).status == 410
    after = rows(cloud, "users")
    assert len(marks) == 2
    assert {key: row for key, row in after.items() if "erased" in key} == marks
    assert not any("user-3" in key for key in after)
    assert report.counts["users erased"] == 1
    assert report.problems == []


def test_a_backup_of_before_an_erasure_brings_nobody_back(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    cloud = stage.cloud
    do_things(cloud, users=5)
    stage.deliver("update_user_features", [record(0, "older-than-the-log", "a")])
    with cloud.client() as client:
        for who in ("only-told-of", "user-1"):
            assert client.call("PUT", f"/users/{who}", {"segment": "new"}).status == 200
        backup = rows(cloud, "users")
        for who in ("older-than-the-log", "only-told-of"):
            assert client.call("DELETE", f"/users/{who}", admin=True).status == 200
        drop(cloud, "users")
        for row in backup.values():
            stage.client("dynamodb").put_item(
                TableName=stage.setting("users_table"), Item=row | {"revision": {"N": "1"}})

        report = run(cloud, tmp_path, "users")

        for who in ("older-than-the-log", "only-told-of"):
            assert client.call("GET", f"/users/{who}").status == 404
            assert client.call("PUT", f"/users/{who}", {}).status == 410
    assert report.problems == []
    assert opened.users.get_attributes("user-1") == {"segment": "new"}


def test_a_backup_of_before_a_forgetting_brings_no_event_back(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    cloud = stage.cloud
    stage.deliver("update_user_features", [record(0, "user-1", "older-than-the-log")])
    do_things(cloud, users=2)
    backup = rows(cloud, "users")
    with cloud.client() as client:
        assert client.call("DELETE", "/users/user-1?forget=events", admin=True).status == 200
        do_things(cloud, users=2, seed=5)  # both come again
        kept = opened.users.get("user-1")
    drop(cloud, "users")
    for row in backup.values():
        stage.client("dynamodb").put_item(
            TableName=stage.setting("users_table"), Item=row | {"revision": {"N": "1"}})

    report = run(cloud, tmp_path, "users")

    assert report.problems == []
    assert opened.users.get("user-1").state == kept.state
    assert opened.users.get("user-1").since_ms == kept.since_ms
    assert run(cloud, tmp_path, "users").counts["users who needed nothing"] == 2


def test_what_an_erased_user_did_while_the_table_was_lost_is_forgotten_again(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    cloud = stage.cloud
    do_things(cloud)
    with cloud.client() as client:
        client.call("DELETE", "/users/user-3", admin=True)
        drop(cloud, "users")
        client.call("POST", "/events", {"user_id": "user-3", "events": [
            {"event_id": "late", "type": "click", "item_id": "a1"}]})
        client.call("PUT", "/users/user-3", {"segment": "new"})
        cloud.drain()
    assert opened.users.get("user-3").revision

    run(cloud, tmp_path, "users")

    assert opened.users.is_erased("user-3", consistent=True)
    assert not opened.users.get("user-3").revision
    assert opened.users.get_attributes("user-3") == {}


def test_events_that_come_meanwhile_are_neither_lost_nor_counted_twice(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    cloud = stage.cloud
    do_things(cloud)
    drop(cloud, "users")
    do_things(cloud, seed=10)  # before the rebuild begins: states are begun from nothing

    report = run(cloud, tmp_path, "users", wait=lambda _: do_things(cloud, seed=11))

    assert report.problems == []
    rebuilt = rows(cloud, "users")
    assert len(opened.users.get("user-1").state.history) == 10  # the same clicks three times
    assert len(opened.users.get("user-1").state.event_ids) == 30
    drop(cloud, "users")
    run(cloud, tmp_path, "users")
    assert rows(cloud, "users") == rebuilt


def test_a_damaged_object_of_the_log_is_named_and_the_others_are_read(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    cloud = stage.cloud
    do_things(cloud)
    known = rows(cloud, "users")
    key = stage.keys(EVENT_LOG)[1]
    whole = opened.shelf.get(key) or b""
    opened.shelf.put(key, whole[:-20])
    drop(cloud, "users", "pages")

    report = run(cloud, tmp_path, "users", "pages")

    assert [p.partition(" (")[0].split(":")[0] for p in report.problems] == [
        f"pages of {key}", f"events of {key}"]
    assert rows(cloud, "users") != known
    opened.shelf.put(key, whole)
    assert run(cloud, tmp_path, "users", "pages").problems == []
    assert rows(cloud, "users") == known


@pytest.mark.parametrize(("service", "fails"), [
    ("s3", {"get_object": [2]}), ("dynamodb", {"transact_write_items": [17]})])
def test_a_rebuild_that_ended_halfway_goes_on(
    stage: Stage, opened: Adapters, tmp_path: Path, service: str, fails: dict[str, Any]
) -> None:
    cloud = stage.cloud
    do_things(cloud)
    known, n_records = rows(cloud, "users"), len(stage.on_stream())
    drop(cloud, "users")
    client = Faulty(stage.client(service), fails)
    broken = (opened._replace(shelf=stage.shelf(client)) if service == "s3"
              else opened._replace(users=stage.users(client)))

    with pytest.raises(ClientError):
        run(cloud, tmp_path, "users", given=broken)
    half = rows(cloud, "users")
    report = run(cloud, tmp_path, "users", resume=True)

    assert half.items() < known.items()
    assert rows(cloud, "users") == known
    assert report.counts["records read"] < n_records
    assert report.problems == []


def test_what_was_damaged_before_a_rebuild_ended_halfway_is_told_by_the_one_that_goes_on(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    cloud = stage.cloud
    do_things(cloud)
    key = stage.keys(EVENT_LOG)[1]
    opened.shelf.put(key, b"torn")
    broken = opened._replace(users=stage.users(
        Faulty(stage.client("dynamodb"), {"transact_write_items": [7]})))
    drop(cloud, "users")
    report, told = Report(), f"events of {key}: damaged event-log object"

    with pytest.raises(ClientError):
        rebuild(Plan(tmp_path / "log.sqlite", ("users",)), broken, report)
    resumed = run(cloud, tmp_path, "users", resume=True)

    assert [p.partition(": Bad")[0] for p in report.problems] == [told]
    assert [p.partition(": Bad")[0] for p in resumed.problems] == [told]


def test_a_rebuild_that_does_not_go_on_begins_anew(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    cloud = stage.cloud
    do_things(cloud)
    known = rows(cloud, "users")
    client = Faulty(stage.client("dynamodb"), {"transact_write_items": [17]})
    broken = opened._replace(users=stage.users(client))
    drop(cloud, "users")
    with pytest.raises(ClientError):
        run(cloud, tmp_path, "users", given=broken)
    drop(cloud, "users")  # once more: whom the file calls settled is lost again

    run(cloud, tmp_path, "users")

    assert rows(cloud, "users") == known


def test_users_do_things_all_the_while(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    cloud = stage.cloud
    do_things(cloud)
    drop(cloud, "users")
    visitors = Thread(target=lambda: [do_things(cloud, seed=seed) for seed in range(20, 24)])

    visitors.start()
    report = run(cloud, tmp_path, "users", wait=lambda _: visitors.join())

    assert report.problems == []
    rebuilt = rows(cloud, "users")
    drop(cloud, "users")
    run(cloud, tmp_path, "users")
    assert rows(cloud, "users") == rebuilt
    assert opened.users.get("user-1").state.counts == {2: 50}


def test_pages_alone_wait_for_what_is_on_its_way_into_the_log(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    cloud, waited = stage.cloud, []
    do_things(cloud)
    drop(cloud, "pages")
    paged: list[Any] = []

    def go_on(seconds: float) -> None:
        waited.append(seconds)
        do_things(cloud, seed=50)
        paged.extend(records_of(opened))
        drop(cloud, "pages")

    run(cloud, tmp_path, "pages", wait=go_on)

    assert waited == [SETTLE_S]
    assert set(records_of(opened)) < set(paged)  # those of before were filled once
    run(cloud, tmp_path, "pages")
    assert records_of(opened) == paged
