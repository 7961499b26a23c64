"""Functions run as on Lambda: AWS's runtime interface client, the zip, its layers, nothing else.

MiniStack runs Python functions in its own interpreter, with its own packages and the variables of
its own process; an import that the bundle lacks would be found there. Its runner of custom runtimes
speaks Lambda's Runtime API, so Python functions go that way.
"""

import os
import socketserver
from pathlib import Path
from typing import Any

import ministack.core.lambda_runtime as pool
from ministack.services import lambda_svc

# The interpreter of the function's Python version, with awslambdaric and boto3 beside it.
INTERPRETER = "REHEARSAL_LAMBDA_PYTHON"
_FROM_HOST = ("PATH", "LANG", "TMPDIR", "_HANDLER")
_LOG_WAITS_S = (0.002, 0.002, 0.05)


def install() -> None:
    """Send Python functions through the Runtime API, in an environment of their own."""
    python = os.environ[INTERPRETER]
    unpack, surround = lambda_svc._provided_runtime_code_dir, lambda_svc._provided_worker_env

    def unpacked(code_zip: bytes) -> str:
        folder = Path(unpack(code_zip))
        bootstrap = folder / "bootstrap"
        if not bootstrap.exists():
            bootstrap.write_text(f'#!/bin/sh\nexec {python} -m awslambdaric "$_HANDLER"\n')
            bootstrap.chmod(0o755)
        return str(folder)

    def environment(config: dict[str, Any], folder: str, port: int) -> dict[str, str]:
        return _as_on_lambda(surround(config, folder, port), config, folder)

    lambda_svc._provided_runtime_code_dir = unpacked
    lambda_svc._provided_worker_env = environment
    lambda_svc._execute_function_warm = lambda_svc._execute_function_provided_warm
    pool._worker_class_for = _worker_of
    # Small packets wait 40 ms for an acknowledgement otherwise, and a silent call 50 ms for a line.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    pool.Worker._drain_stderr_bounded.__defaults__ = _LOG_WAITS_S


def _worker_of(config: dict[str, Any]) -> Any:
    own = str(config.get("Runtime", "")).startswith(("provided", "python"))
    return pool.ProvidedWorker if own else pool.Worker


def _as_on_lambda(given: dict[str, str], config: dict[str, Any], folder: str) -> dict[str, str]:
    """What a function sees: its own variables and Lambda's, none of the emulator's process."""
    own = (config.get("Environment") or {}).get("Variables") or {}
    seen = {name: value for name, value in given.items()
            if name in own or name in _FROM_HOST or name.startswith(("AWS_", "LAMBDA_"))}
    paths = [folder, *(f"{layer}/python" for layer in _layers(config))]
    return seen | {
        "PYTHONPATH": os.pathsep.join(paths), "TZ": ":UTC",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}"}


def _layers(config: dict[str, Any]) -> list[str]:
    return [lambda_svc._docker_extracted_dir(lambda_svc._resolve_layer_zip(layer), "layer")
            for layer in config.get("Layers") or []]
