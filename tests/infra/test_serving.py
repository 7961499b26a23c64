from collections.abc import Callable

from domain import layout
from tests.infra.synthesized import Stack, listed


def test_serving_writes_nothing_but_what_it_counts_of_a_rollout(stack: Stack) -> None:
    actions = stack.actions_of("recommend")
    (counting,) = (found for found in stack.statements_of("recommend")
                   if "dynamodb:UpdateItem" in listed(found["Action"]))

    assert actions == {"dynamodb:GetItem", "dynamodb:Query", "s3:GetObject", "s3:ListBucket",
                       "logs:CreateLogStream", "logs:PutLogEvents", "dynamodb:UpdateItem"}
    assert listed(counting["Action"]) == ["dynamodb:UpdateItem"]
    assert counting["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [layout.COUNTS]}}


def test_serving_reads_no_events(stack: Stack) -> None:
    assert stack.keys_of("recommend", "s3:GetObject") == {
        layout.MODELS_PREFIX + "*", layout.TRENDS_KEY, layout.CATALOG_KEY}


def test_a_list_has_one_cpu_to_itself(stack: Stack) -> None:
    """1,769 MB is one vCPU. source: AWS, "Configure Lambda function memory"."""
    assert stack.functions()["recommend"]["MemorySize"] == 1769


def test_without_snapshots_the_api_calls_the_function(stack: Stack) -> None:
    assert not stack.of("AWS::Lambda::Alias")


def test_with_snapshots_the_api_calls_a_published_version(
    synthesize: Callable[..., Stack]
) -> None:
    stack = synthesize(snap_start=True)

    (alias,) = stack.of("AWS::Lambda::Alias")
    called = [str(method["Integration"].get("Uri"))
              for method in stack.of("AWS::ApiGateway::Method").values()]
    assert sum(alias in uri for uri in called) == 9
    assert stack.functions()["recommend"]["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_a_large_catalogue_gets_the_memory_and_the_disk_it_needs(
    synthesize: Callable[..., Stack]
) -> None:
    small = synthesize().functions()
    large = synthesize(recommend_memory_mb=5000, recommend_disk_mb=3000).functions()

    assert small["recommend"]["EphemeralStorage"] == {"Size": 512}
    assert small["recommend"]["Timeout"] == 29
    assert large["recommend"]["EphemeralStorage"] == {"Size": 3000}
    assert large["recommend"]["Timeout"] == 300
    assert large["recommend"]["MemorySize"] == large["promote_model"]["MemorySize"] == 5000
    assert large["promote_model"]["EphemeralStorage"] == {"Size": 6000}


def test_copies_that_are_started_ahead_are_of_the_version_that_the_api_calls(
    synthesize: Callable[..., Stack]
) -> None:
    stack = synthesize(provisioned_concurrency=3)

    (alias,) = stack.of("AWS::Lambda::Alias").values()
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 3}
    assert "SnapStart" not in stack.functions()["recommend"]
