"""Python functions run on AWS's own client, with what Lambda gives them and nothing of the host."""

from functools import cache
from typing import Any

import pytest

from tests.rehearsal.emulator.account import Account, bundle, new

pytestmark = pytest.mark.emulator
LOOKS = """
import os
import sys

def handler(event, context):
    return {"variables": dict(os.environ), "modules": list(sys.modules), "path": sys.path}
"""
IMPORTS = """
import {module}

def handler(event, context):
    return {module}.__name__
"""
# Of the engine's process: its account, its port, and where this repository lies.
HOSTS = {"MINISTACK_ACCOUNT_ID", "GATEWAY_PORT", "HOME", "NODE_PATH", "REHEARSAL_LAMBDA_PYTHON"}


@cache
def seen(account: Account) -> Any:
    """What a function of one variable sees."""
    return account.call(account.function(LOOKS, Environment={"Variables": {"OWN": "1"}}))


def imported(account: Account, module: str) -> Any:
    """What a function answers that imports a module at its start."""
    return account.call(account.function(IMPORTS.format(module=module)))


def test_ministack_alone_shows_a_function_the_variables_of_its_own_process(bare: Account) -> None:
    assert set(seen(bare)["variables"]) >= HOSTS


def test_a_function_sees_its_own_variables_and_lambdas(patched: Account) -> None:
    variables = seen(patched)["variables"]

    assert variables["OWN"] == "1"
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert variables["TZ"] == ":UTC"
    assert set(variables) & HOSTS == set()


def test_ministack_alone_runs_no_client_of_aws(bare: Account) -> None:
    assert "awslambdaric" not in seen(bare)["modules"]


def test_a_function_runs_on_aws_own_client(patched: Account) -> None:
    assert "awslambdaric" in seen(patched)["modules"]


@pytest.mark.parametrize("module", ["ministack", "rehearsal"])
def test_ministack_alone_lends_a_function_what_its_bundle_lacks(
    bare: Account, module: str
) -> None:
    assert imported(bare, module) == module


@pytest.mark.parametrize("module", ["ministack", "rehearsal"])
def test_an_import_that_the_bundle_lacks_fails(patched: Account, module: str) -> None:
    failed = imported(patched, module)

    assert "Runtime.ImportModuleError" in failed["errorMessage"]
    assert f"No module named '{module}'" in failed["errorMessage"]


def test_a_function_imports_from_its_layers(patched: Account) -> None:
    layer = patched.client("lambda").publish_layer_version(
        LayerName=new("layer"), Content={"ZipFile": bundle({"python/layered.py": ""})})

    answer = patched.call(patched.function(
        IMPORTS.format(module="layered"), Layers=[layer["LayerVersionArn"]]))

    assert answer == "layered"
