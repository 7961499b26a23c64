"""Batches as tests ask for them: begun over the API, made turn by turn, read out of the bucket."""

from typing import Any

from domain.batch_part import read_part
from domain.batch_plan import finished, part_key
from functions.batches import Batches
from tests.functions.stage import Stage, record

ONE = "/batches/{batch_id}"


def fill(stage: Stage, *users: str) -> None:
    """Let each of these click on two items."""
    assert stage.deliver("update_user_features", [
        record(n, user, "a", f"i{n}") for n, user in enumerate(users)]) is None


def begin(stage: Stage, **body: Any) -> str:
    """Ask for one."""
    answer = stage.call("POST", "/batches", body)
    assert answer.status == 202
    return str(answer.body["batch_id"])


def look(stage: Stage, batch_id: str) -> Any:
    """How far it is."""
    return stage.call("GET", ONE, batch_id=batch_id).body


def batches(stage: Stage, client: Any = None) -> Batches:
    """The bucket's, through a client."""
    return Batches(stage.shelf(client))


def lines(stage: Stage, batch_id: str) -> list[dict[str, Any]]:
    """Every line of every part that is told to be there."""
    plan = batches(stage).plan(batch_id)
    return [line for segment, _ in finished(plan, batches(stage).notes(plan))
            for line in read_part(stage.shelf().get(part_key(batch_id, segment)) or b"")]
