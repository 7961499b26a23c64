"""Policies may name the source of events that are put on a bus; MiniStack never says which it is.

source: AWS, "Using IAM policy conditions in Amazon EventBridge", events:source.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions

Context = dict[str, Any]


def install() -> None:
    """Say it whenever a call that puts events is judged."""
    iam_actions.request_tag_context = _with_source(iam_actions.request_tag_context)


def _with_source(context_of: Callable[..., Context]) -> Callable[..., Context]:
    def with_source(service: str, action: str, body: bytes, *of: Any) -> Context:
        found = context_of(service, action, body, *of)
        return found | ({"events:source": _source(body)} if action == "events:PutEvents" else {})

    return with_source


def _source(body: bytes) -> str:
    """Of all entries; those of several sources match no policy that names one."""
    return ",".join(sorted({str(entry.get("Source")) for entry in json.loads(body)["Entries"]}))
