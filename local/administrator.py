"""Whoever runs a deployment: signed calls to the local cloud, which must be running, or to AWS."""

import argparse
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore.credentials import Credentials

from local.client import Client
from local.cloud import ACCESS_KEY
from local.signature import draw_keys
from local.start import DATA, PORT


class RefusedError(RuntimeError):
    """The deployment refused, or cannot be reached."""


class Target(NamedTuple):
    """Whom to ask. near: where to connect for a link to the bucket; None = to the link's host."""

    client: Client
    near: str | None


def add_target(parser: argparse.ArgumentParser) -> None:
    """By what a deployment is named."""
    parser.add_argument("--port", type=int, default=PORT, help="of the local cloud")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the local cloud")
    parser.add_argument("--url", help="of a deployment's API, in place of the local cloud")
    parser.add_argument("--key", default="", help="the deployment's API key, if its API wants one")


def target(asked: argparse.Namespace) -> Target:
    """The deployment that was named; on AWS with the credentials of the AWS CLI.

    raises: RefusedError, when there is nobody to sign as.
    """
    if not asked.url:
        if not (asked.data / "keys.json").exists():
            raise RefusedError(f"{asked.data} is no folder of a local cloud: start one first")
        key, secret = draw_keys(asked.data / "keys.json")
        near = f"127.0.0.1:{asked.port}"
        return Target(Client(f"http://{near}", key, Credentials(ACCESS_KEY, secret)), near)
    session = boto3.Session()
    credentials = session.get_credentials()
    if not (credentials and session.region_name):
        raise RefusedError("a deployment needs the AWS CLI's credentials and region")
    client = Client(asked.url.rstrip("/"), asked.key, credentials, session.region_name)
    return Target(client, None)


def ok(reply: Any) -> Any:
    """The body of an answer. raises: RefusedError, with what it says otherwise."""
    if reply.status not in (200, 202):
        raise RefusedError(f"the API answered {reply.status}: {reply.body}")
    return reply.body
