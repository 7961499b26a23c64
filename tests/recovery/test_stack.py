"""A deployment is found by its name, through the outputs of its stack."""

import json
from dataclasses import asdict

import pytest

from functions.users import StoredUser
from local.cloud import Cloud
from recovery.stack import Stack, StackError
from tests.recovery.stage import stack_of


def deploy(cloud: Cloud, name: str, outputs: dict[str, str]) -> None:
    """A stack that says where things are, and holds a topic alone."""
    cloud.engine.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps({
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()}}))


def outputs_of(cloud: Cloud) -> dict[str, str]:
    """As the template names them; that it names all of them is for tests/infra to show."""
    return {field.title().replace("_", ""): value
            for field, value in asdict(stack_of(cloud)).items()}


def test_outputs_say_where_everything_is(cloud: Cloud) -> None:
    deploy(cloud, "shop", outputs_of(cloud))

    stack = Stack.of("shop")

    assert stack == stack_of(cloud)
    assert stack.open().users.get("nobody") == StoredUser()


def test_a_stack_of_an_earlier_version_says_what_it_lacks(cloud: Cloud) -> None:
    deploy(cloud, "old", {k: v for k, v in outputs_of(cloud).items() if k != "EventTypes"})

    with pytest.raises(StackError, match="EventTypes: deploy it anew"):
        Stack.of("old")


def test_a_stack_that_is_not_there_is_named(cloud: Cloud) -> None:
    with pytest.raises(StackError, match="no stack nowhere here"):
        Stack.of("nowhere")
