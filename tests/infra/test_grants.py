"""Each function may do what its code does to tables, bucket and stream, and nothing more.

`make rehearse-grants` takes grants away and sees what fails; here, in seconds, the code is read:
what a noun's method calls, and which methods a verb (with the modules of ours that it imports)
calls on a thing named after that noun.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from functions.settings import BY_VERB
from tests.infra.synthesized import Stack, listed

FUNCTIONS = Path(__file__).parents[2] / "functions"
NOUNS = {"users": "dynamodb", "sessions": "dynamodb", "items": "dynamodb", "pages": "dynamodb",
         "registry": "dynamodb", "shelf": "s3", "stream": "kinesis", "jobs": "sagemaker",
         "door": "lambda", "consumers": "lambda", "keys": "apigateway", "population": "dynamodb",
         "bus": "events", "notary": "kms", "notices": "sns", "told": "dynamodb"}
# Nouns that lie in another noun's table.
PLACES = {"sessions": "users", "population": "users", "told": "registry"}
TRANSFERS = {"download_file": "GetObject", "upload_file": "PutObject", "invoke": "InvokeFunction",
             "get_api_key": "GET", "generate_presigned_url": "GetObject",
             "list_objects_v2": "ListBucket", "list_object_versions": "ListBucketVersions",
             "delete_object": "DeleteObjectVersion"}  # never without a version
# source: AWS, "Using IAM with DynamoDB transactions"
TRANSACTED = {"ConditionCheck": "ConditionCheckItem", "Put": "PutItem", "Update": "UpdateItem"}
# What Lambda itself does in a function's name: reads its stream, parks batches, lists keys, logs.
LAMBDAS_OWN = {"s3:ListBucket", "logs:CreateLogStream", "logs:PutLogEvents",
               "kinesis:DescribeStreamSummary", "kinesis:GetRecords",
               "kinesis:GetShardIterator", "kinesis:SubscribeToShard", "kinesis:DescribeStream",
               "kinesis:ListStreams", "kinesis:DescribeStreamConsumer"}
HOMES = {"StorageUsers": "users", "StorageItems": "items", "StoragePages": "pages",
         "StorageModels": "registry", "StorageBucket": "shelf", "EventsStream": "stream",
         "training-job": "jobs", "IngestEvents": "door", "FeaturesUpdate": "consumers",
         "WriteEventLog": "consumers", "apikeys": "keys", "event-bus": "bus",
         "SigningKey": "notary", "MonitoringAlarms": "notices"}
CONSUMERS = {"update_user_features", "update_item_features", "write_event_log"}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((FUNCTIONS / f"{module}.py").read_text())


@cache
def acts(noun: str) -> dict[str, set[str]]:
    """Method -> what it asks AWS for, through the methods of its own that it calls."""
    methods = {node.name: node for node in ast.walk(tree(noun))
               if isinstance(node, ast.FunctionDef)}

    def of(name: str, seen: frozenset[str]) -> Iterator[str]:
        for node in ast.walk(methods[name]):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "transact":
                yield from (TRANSACTED[part.value] for part in ast.walk(methods[name])
                            if isinstance(part, ast.Constant) and part.value in TRANSACTED)
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            called, on = node.func.attr, ast.unparse(node.func.value)
            if on == "self._client":
                operation = node.args[0].value if called == "get_paginator" else called
                yield TRANSFERS.get(operation, operation.title().replace("_", ""))
            elif on == "self" and called in methods and called not in seen:
                yield from of(called, seen | {called})
            elif on.startswith("self._") and on.removeprefix("self._") in NOUNS:
                yield from acts(on.removeprefix("self._"))[called]

    return {name: {act if ":" in act else f"{NOUNS[noun]}:{act}"
                   for act in of(name, frozenset({name}))} for name in methods}


def definitions(module: str, names: frozenset[str]) -> dict[str, ast.AST]:
    """Those of a module, and what of the module they use."""
    known = {node.name: node for node in tree(module).body
             if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    found, waiting = {}, list(names & known.keys())
    while waiting:
        name = waiting.pop()
        found[name] = known[name]
        waiting += [node.id for node in ast.walk(known[name]) if isinstance(node, ast.Name)
                    and node.id in known and node.id not in found]
    return found


def code_of(verb: str) -> Iterator[tuple[str, ast.AST]]:
    """(module, code) of the verb and of what it uses of this room, nouns of AWS left out."""
    seen: set[tuple[str, str]] = set()
    waiting: list[tuple[str, ast.AST]] = [(verb, tree(verb))]
    while waiting:
        module, code = waiting.pop()
        yield module, code
        imports = [node for node in ast.walk(tree(module)) if isinstance(node, ast.ImportFrom)
                   and (node.module or "").startswith("functions.")]
        for node in imports:
            other = str(node.module).split(".")[1]
            names = frozenset(alias.name for alias in node.names)
            for name, found in definitions(other, names).items():
                if other not in NOUNS and (other, name) not in seen:
                    seen.add((other, name))
                    waiting.append((other, found))


def asked(verb: str) -> set[tuple[str, str]]:
    """(noun, action) of every method that is called on a thing named after a noun."""
    calls = [node.func for _, code in code_of(verb) for node in ast.walk(code)
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    on = [(ast.unparse(call.value).split(".")[-1].strip("_"), call.attr) for call in calls]
    return {("notary" if act.startswith("kms:") else PLACES.get(noun, noun), act)
            for noun, method in on if noun in NOUNS
            for act in acts(noun).get(method, ()) if act not in LAMBDAS_OWN}


def granted(stack: Stack, verb: str) -> set[tuple[str, str]]:
    """(noun, action) that the function's role allows."""
    found: set[tuple[str, str]] = set()
    for statement in stack.statements_of(verb):
        text = str(statement["Resource"])
        nouns = {noun for home, noun in HOMES.items() if home in text}
        actions = listed(statement["Action"])
        if verb in CONSUMERS:
            actions = [action for action in actions if action != "kinesis:ListShards"]
        found |= {(noun, action) for noun in nouns for action in actions
                  if action not in LAMBDAS_OWN}
    return found


@pytest.mark.parametrize("verb", BY_VERB)
def test_a_function_may_do_what_it_does_and_nothing_more(gated: Stack, verb: str) -> None:
    assert granted(gated, verb) == asked(verb)
