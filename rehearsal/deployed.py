"""A deployed stack, found through AWS's own APIs, with what drives it: callers, stream, jobs."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from local.client import Client, Reply
from rehearsal.consumers import Consumers
from rehearsal.engine import OWNER, Engine, RehearsalError
from rehearsal.functions import Functions
from rehearsal.trainings import Trainings

POLL_S = 0.2
WAITING = "ApproximateNumberOfMessages"


class Deployed:
    """One deployment at work while the `with` runs. outputs: of its stack; prefix: of paths."""

    def __init__(self, engine: Engine, name: str, outputs: dict[str, str]) -> None:
        self.engine, self.name, self.outputs = engine, name, outputs
        self.resources = _resources(engine, name)
        self.functions = Functions(engine, [
            physical for kind, _, physical in self.resources if kind == "AWS::Lambda::Function"])
        self.prefix = f"/_aws/execute-api/{_api_id(outputs)}/v1"
        self.client = Client(engine.url, self._api_key(), OWNER)
        self._s3 = engine.client("s3")

    def __enter__(self) -> Self:
        self.consumers = Consumers(self.engine, list(self.functions.names.values()))
        self.trainings = Trainings(self.engine, self.role_arn("TrainingRole"), self.name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.consumers.close()
        self.trainings.close()
        self.client.close()

    def ask(self, method: str, path: str, body: Any = None, *, admin: bool = False) -> Reply:
        """Call the API, on a connection that nobody let go since the last call."""
        self.client.close()
        return self.client.call(method, self.prefix + path, body, admin=admin)

    def stranger(self) -> Client:
        """A caller whose key is no key of this deployment."""
        return Client(self.engine.url, "no key of ours", OWNER)

    def expect(self, status: int, method: str, path: str, body: Any = None, *,
               admin: bool = False) -> Any:
        """Call the API; the body of the answer.

        raises: RehearsalError, for another status.
        """
        reply = self.ask(method, path, body, admin=admin)
        if reply.status != status:
            raise RehearsalError(f"{method} {path} answered {reply.status}: {reply.body}")
        return reply.body

    def until(self, what: str, holds: Callable[[], Any], patience_s: float = 60.0) -> Any:
        """Wait for what must come; answers with what `holds` did.

        raises: RehearsalError, when it does not come.
        """
        return until(what, holds, patience_s, self.consumers.check)

    def objects(self, prefix: str) -> list[str]:
        """Keys of the bucket."""
        found = self._s3.list_objects_v2(
            Bucket=self.outputs["BucketName"], Prefix=prefix)
        return [entry["Key"] for entry in found.get("Contents", [])]

    def parked_calls(self) -> int:
        """Background calls in the queue."""
        found = self.engine.client("sqs").get_queue_attributes(
            QueueUrl=self.physical("AWS::SQS::Queue", "RuntimeParked"), AttributeNames=[WAITING])
        return int(found["Attributes"][WAITING])

    def physical(self, kind: str, prefix: str) -> str:
        """The physical id of the resource of this type whose logical id begins so."""
        (found,) = [name for type_, logical_id, name in self.resources
                    if type_ == kind and logical_id.startswith(prefix)]
        return found

    def role_arn(self, prefix: str) -> str:
        """Of the role whose logical id begins so."""
        name = self.physical("AWS::IAM::Role", prefix)
        role = self.engine.client("iam").get_role(RoleName=name)
        return str(role["Role"]["Arn"])

    def _api_key(self) -> str:
        found = self.engine.client("apigateway").get_api_key(
            apiKey=self.outputs["ApiKeyId"], includeValue=True)
        return str(found["value"])


def until(what: str, holds: Callable[[], Any], patience_s: float,
          check: Callable[[], None] = lambda: None) -> Any:
    """Wait for what must come, and look meanwhile whether it still can.

    raises: RehearsalError, when it does not come, and what `check` does.
    """
    end_s = time.monotonic() + patience_s
    while not (found := holds()):
        check()
        if time.monotonic() > end_s:
            raise RehearsalError(f"{what}: not within {patience_s:.0f} s")
        time.sleep(POLL_S)
    return found


def _resources(engine: Engine, stack: str) -> list[tuple[str, str, str]]:
    """Type, logical id and physical id of everything in a stack."""
    pages = engine.client("cloudformation").get_paginator("list_stack_resources")
    return [(found["ResourceType"], found["LogicalResourceId"], found["PhysicalResourceId"])
            for page in pages.paginate(StackName=stack)
            for found in page["StackResourceSummaries"]]


def _api_id(outputs: dict[str, str]) -> str:
    return outputs["ApiUrl"].removeprefix("https://").partition(".")[0]
