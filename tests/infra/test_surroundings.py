"""Functions that make lists, and what all of them are told and may read."""

import json

import pytest

from functions.settings import Surroundings
from tests.infra.synthesized import Stack

READS = {"dynamodb:GetItem", "dynamodb:Query", "s3:GetObject", "s3:ListBucket"}


def told(stack: Stack, verb: str) -> dict[str, str]:
    variables = stack.functions()[verb]["Environment"]["Variables"]
    return {name: json.dumps(variables[f"HEADWATER_{name.upper()}"])
            for name in Surroundings.names()}


@pytest.mark.parametrize("verb", ["get_personalize", "make_batch"])
def test_whoever_makes_lists_is_told_the_same_and_may_read_it(everything: Stack, verb: str) -> None:
    may = {action for statement in everything.statements_of(verb)
           for action in ([statement["Action"]] if isinstance(statement["Action"], str)
                          else statement["Action"])}

    assert told(everything, verb) == told(everything, "recommend")
    assert may >= READS
