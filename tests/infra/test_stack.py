from collections.abc import Callable, Iterator
from typing import Any

from tests.infra.synthesized import Stack

# Names that mean something only inside their role, their API, their function.
INSIDE = {"AWS::IAM::Policy", "AWS::ApiGateway::Stage", "AWS::Lambda::Alias"}


def names(stack: Stack) -> Iterator[tuple[str, str]]:
    """(type, name) of every resource that does not leave its name to CloudFormation."""
    for resource in stack.resources.values():
        kind = resource["Type"]
        noun = kind.split("::")[-1]
        for key in ("Name", f"{noun}Name", f"{noun}Id"):
            name = resource.get("Properties", {}).get(key)
            if kind not in INSIDE and isinstance(name, str):
                yield kind, name


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for entry in value.values():
            yield from texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from texts(entry)
    elif isinstance(value, str):
        yield value


def test_two_deployments_of_one_account_share_no_name(
    stack: Stack, synthesize: Callable[..., Stack]
) -> None:
    other = synthesize(name="shop")

    assert not set(names(stack)) & set(names(other))


def test_what_must_be_named_carries_the_deployments_name(stack: Stack) -> None:
    assert {name.split("-")[0] for _, name in names(stack)} == {"headwater"}


def test_nothing_of_another_deployment_is_named(synthesize: Callable[..., Stack]) -> None:
    shop = synthesize(name="shop", allowed_origin="https://shop.example")

    foreign = {text for text in texts(shop.document["Resources"])
               if "headwater" in text and not text.startswith("headwater")}

    assert not foreign


def test_the_outputs_tell_a_caller_where_things_are(stack: Stack) -> None:
    assert set(stack.document["Outputs"]) == {
        "ApiUrl", "ApiKeyId", "StreamName", "UsersTable", "ItemsTable", "PagesTable",
        "ModelsTable", "BucketName", "EventTypes", "DashboardUrl", "ReplayFunction",
        "SigningKey", "TrainingFunction"}
