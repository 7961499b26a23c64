import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud
from local.function import FunctionError
from local.template import TemplateError
from tests.local import stage
from tests.local.handlers import start_job


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(template=stage.template(), live=False) as made:
        yield made


def counted(cloud: Cloud, user_id: str) -> int:
    found = cloud.engine.client("dynamodb").get_item(
        TableName="Users", Key={"subject": {"S": user_id}})
    return int(found["Item"]["seen"]["N"]) if "Item" in found else 0


def test_a_call_reaches_the_table_through_the_stream(cloud: Cloud) -> None:
    with cloud.client() as client:
        replies = [client.call("POST", "/events", {"user_id": "u", "n": n}) for n in range(25)]

    cloud.drain()

    assert {reply.status for reply in replies} == {202}
    assert counted(cloud, "u") == 25


def test_a_live_cloud_consumes_by_itself() -> None:
    with Cloud(template=stage.template(), window_scale=0.01) as cloud:
        with cloud.client() as client:
            client.call("POST", "/events", {"user_id": "u"})

        for _ in range(1000):
            if counted(cloud, "u"):
                break
            threading.Event().wait(0.01)

        assert counted(cloud, "u") == 1


def test_firing_a_training_returns_when_its_end_was_heard(cloud: Cloud) -> None:
    cloud.engine.client("s3").put_object(Bucket="bucket", Key="events/a", Body=b"x")

    fired = cloud.fire("start_job")

    [job] = fired.jobs
    assert fired.answer == {"job": "stage-1", "because": "Scheduled Event"}
    assert (job.status, job.answers) == ("Completed", [["stage-1", "Completed"]])


def test_firing_returns_a_job_that_failed_as_well(cloud: Cloud) -> None:
    [job] = cloud.fire("start_job").jobs

    assert job.status == "Failed"
    assert job.answers == [["stage-1", "Failed"]]


def test_firing_a_function_that_fails_raises(cloud: Cloud) -> None:
    with pytest.raises(FunctionError, match="broken on purpose"):
        cloud.fire("broken")


def test_a_reset_empties_everything(tmp_path: Path) -> None:
    with Cloud(tmp_path, template=stage.template(), live=False) as cloud:
        with cloud.client() as client:
            client.call("POST", "/events", {"user_id": "u"})
            cloud.drain()
            cloud.remember("loaded", 1)
            cloud.reset()
            emptied = (counted(cloud, "u"), cloud.recall("loaded"))
            client.call("POST", "/events", {"user_id": "u"})
        cloud.drain()
        again = counted(cloud, "u")

    with Cloud(tmp_path, template=stage.template(), live=False) as cloud:
        assert (emptied, again, counted(cloud, "u")) == ((0, None), 1, 1)


def test_what_is_remembered_outlives_the_process(tmp_path: Path) -> None:
    with Cloud(tmp_path, template=stage.template(), live=False) as cloud:
        cloud.remember("loaded", {"calls": 7})

    with Cloud(tmp_path, template=stage.template(), live=False) as cloud:
        assert cloud.recall("loaded") == {"calls": 7}
        assert cloud.recall("other") is None


def test_stopping_leaves_no_thread_and_no_variable() -> None:
    threads, variables = set(threading.enumerate()), dict(os.environ)
    cloud = Cloud(template=stage.template()).start()
    client = cloud.client()
    client.call("GET", "/echo/mine")

    cloud.stop()

    assert set(threading.enumerate()) == threads
    assert dict(os.environ) == variables
    client.close()


def test_a_start_that_fails_leaves_no_thread_and_no_variable() -> None:
    threads, variables = set(threading.enumerate()), dict(os.environ)
    broken = stage.template(CountUp=stage.function("count_up"))

    with pytest.raises(FunctionError, match="HEADWATER_USERS_TABLE"):
        Cloud(template=broken).start()

    assert set(threading.enumerate()) == threads
    assert dict(os.environ) == variables


def test_functions_must_agree_on_their_settings() -> None:
    torn = stage.template(Echo=stage.function("echo", HEADWATER_USERS_TABLE="another"))

    with pytest.raises(TemplateError, match="HEADWATER_USERS_TABLE"):
        Cloud(template=torn).start()


def test_handlers_are_bound_anew_to_each_cloud() -> None:
    for _ in range(2):
        with Cloud(template=stage.template(), live=False) as cloud:
            with cloud.client() as client:
                client.call("POST", "/events", {"user_id": "u"})
            cloud.drain()

            assert counted(cloud, "u") == 1

    assert start_job.adapters.cache_info().currsize == 0
