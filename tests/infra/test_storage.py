from collections.abc import Callable
from typing import Any

import pytest

from domain import layout
from tests.infra.synthesized import Stack

TABLES = {"Users": layout.USERS, "Items": layout.ITEMS, "Pages": layout.PAGES,
          "Models": layout.MODELS}


def table_of(stack: Stack, name: str) -> dict[str, Any]:
    return next(table for id_, table in stack.of("AWS::DynamoDB::Table").items()
                if id_.startswith(f"Storage{name}"))


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_keys_of_the_layout(stack: Stack, name: str) -> None:
    table, layout_ = table_of(stack, name), TABLES[name]

    keys = [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]]

    assert keys == [(layout_.partition_key, "HASH"),
                    *([(layout_.sort_key, "RANGE")] if layout_.sort_key else [])]
    assert table.get("TimeToLiveSpecification", {}).get("AttributeName", "") == layout_.ttl


def test_the_index_of_changes_is_keyed_by_numbers(stack: Stack) -> None:
    table = table_of(stack, "Items")

    kinds = {attribute["AttributeName"]: attribute["AttributeType"]
             for attribute in table["AttributeDefinitions"]}
    (index,) = table["GlobalSecondaryIndexes"]

    assert kinds == {"item_id": "S", "lane": "N", "updated_ms": "N"}
    assert index["IndexName"] == layout.ITEMS.index.name


@pytest.mark.parametrize("name", TABLES)
def test_a_table_can_be_brought_back(stack: Stack, name: str) -> None:
    table = table_of(stack, name)

    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True
    assert table["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::S3::Bucket"])
def test_data_outlives_the_stack(stack: Stack, kind: str) -> None:
    kept = [found for found in stack.resources.values() if found["Type"] == kind]

    assert {found["DeletionPolicy"] for found in kept} == {"Retain"}


def test_a_throw_away_deployment_leaves_nothing(synthesize: Callable[..., Stack]) -> None:
    stack = synthesize(retain_data=False)

    policies = {found.get("DeletionPolicy") for found in stack.resources.values()}

    assert "Retain" not in policies
    assert "Custom::S3AutoDeleteObjects" in {r["Type"] for r in stack.resources.values()}


def test_the_bucket_is_private_encrypted_and_undoable(stack: Stack) -> None:
    (bucket,) = stack.of("AWS::S3::Bucket").values()

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "BucketEncryption" in bucket


def test_the_bucket_answers_only_over_tls(stack: Stack) -> None:
    (policy,) = stack.of("AWS::S3::BucketPolicy").values()

    denied = [statement for statement in policy["PolicyDocument"]["Statement"]
              if statement["Effect"] == "Deny"]

    assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_prefix_ages(stack: Stack) -> None:
    (bucket,) = stack.of("AWS::S3::Bucket").values()
    rules = {rule["Prefix"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]
             if "Prefix" in rule}

    days = {prefix: rule.get("ExpirationInDays") for prefix, rule in rules.items()}

    assert days == {layout.EVENT_LOG: 400, layout.QUARANTINE: 90, "aws/lambda/": 90,
                    layout.STAGING: 14, layout.MODELS_PREFIX: None, layout.TRENDS: None,
                    layout.CATALOG_KEY: None, layout.ERASURES: None, layout.RECEIPTS: None,
                    layout.EXPORTS: 7, layout.BATCHES: 7, layout.SWEEP_KEY: None,
                    layout.FORGOTTEN_KEY: None}
    assert all("NoncurrentVersionExpiration" in rule for rule in rules.values())
