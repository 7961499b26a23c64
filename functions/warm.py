"""What is done before the first call: where Lambda starts a copy ahead of it, or from a snapshot.

A copy that starts because somebody calls does nothing here: its caller would wait for what the call
does anyway.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

# How Lambda starts this copy; unset outside of Lambda, where nothing is done ahead.
# source: AWS, "Working with Lambda environment variables", AWS_LAMBDA_INITIALIZATION_TYPE.
VARIABLE = "AWS_LAMBDA_INITIALIZATION_TYPE"
HOOKS = "snapshot_restore_py"  # part of Lambda's runtime, and of no package of ours


def at_start(
    env: Mapping[str, str], prime: Callable[[], None], wake: Callable[[], None],
    find: Callable[[str], Any] = importlib.import_module,
) -> None:
    """Have a copy primed before its first call, if it starts ahead of one.

    wake: what each copy that is restored from a snapshot does before its first call.
    source: AWS, "Lambda SnapStart runtime hooks for Python".
    """
    match env.get(VARIABLE):
        case "snap-start":
            hooks = find(HOOKS)
            hooks.register_before_snapshot(prime)
            hooks.register_after_restore(wake)
        case "provisioned-concurrency":
            prime()
