"""What a destroyed stack leaves behind."""

from typing import Any

from rehearsal.engine import Engine

# Service, call, list in its answer, name of an entry. Everything here costs money, or could.
_LISTS = (
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("lambda", "list_layers", "Layers", "LayerName"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    ("dynamodb", "list_tables", "TableNames", ""),
    ("kinesis", "list_streams", "StreamNames", ""),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("sqs", "list_queues", "QueueUrls", ""),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("apigateway", "get_rest_apis", "items", "name"),
    ("apigateway", "get_api_keys", "items", "name"),
    ("apigateway", "get_usage_plans", "items", "name"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("scheduler", "list_schedules", "Schedules", "Name"),
    ("events", "list_rules", "Rules", "Name"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("kms", "list_keys", "Keys", "KeyId"),
)


def standing(engine: Engine) -> set[tuple[str, str]]:
    """Everything that stands in the account: kind and name."""
    return {(f"{service} {answer}", _name(entry, name))
            for service, call, answer, name in _LISTS
            for entry in getattr(engine.client(service), call)().get(answer, [])
            if service != "kms" or _stays(engine, entry["KeyId"])}


def _stays(engine: Engine, key_id: str) -> bool:
    """A key is deleted weeks after its stack, and costs nothing meanwhile.

    source: AWS, "AWS Key Management Service pricing".
    """
    found = engine.client("kms").describe_key(KeyId=key_id)["KeyMetadata"]
    return bool(found["KeyState"] != "PendingDeletion")


def _name(entry: Any, name: str) -> str:
    return str(entry[name] if name else entry)
