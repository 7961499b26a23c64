from typing import Any

import pytest

from local.engine import Engine
from rehearsal.functions import Functions

WHOLE = {"TABLE": "users"}


@pytest.fixture
def functions(engine: Engine) -> Functions:
    """One of ours, and one that CDK brings."""
    for name, handler in (("shop-Door", "functions.ingest_events.handler"),
                          ("shop-Empties", "index.handler")):
        engine.client("lambda").create_function(
            FunctionName=name, Runtime="python3.13", Handler=handler, Code={"ZipFile": b""},
            Role=role(engine, name), Environment={"Variables": WHOLE})
    return Functions(engine, ["shop-Door", "shop-Empties"])


def role(engine: Engine, name: str) -> str:
    made = engine.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    return str(made["Role"]["Arn"])


def variables(engine: Engine) -> Any:
    found = engine.client("lambda").get_function_configuration(FunctionName="shop-Door")
    return found["Environment"]["Variables"]


def test_functions_of_ours_are_known_by_their_verb(functions: Functions) -> None:
    assert functions.names == {"ingest_events": "shop-Door"}


def test_a_verb_has_the_arn_of_its_function(functions: Functions) -> None:
    assert functions.arn("ingest_events").endswith(":function:shop-Door")


def test_a_broken_function_knows_nothing_of_its_deployment_until_it_is_whole(
    engine: Engine, functions: Functions
) -> None:
    with functions.broken("ingest_events"):
        assert "TABLE" not in variables(engine)

    assert variables(engine) == WHOLE


def test_a_function_is_made_whole_also_when_something_fails(
    engine: Engine, functions: Functions
) -> None:
    with pytest.raises(ValueError, match="failed"), functions.broken("ingest_events"):
        raise ValueError("failed")

    assert variables(engine) == WHOLE


def test_a_restarted_function_is_what_it_was(engine: Engine, functions: Functions) -> None:
    functions.restart("ingest_events")

    assert variables(engine) == WHOLE
