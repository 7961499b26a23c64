"""The account of a running engine, and the little things a contract test makes in it."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

from local.template import ACCOUNT, REGION
from rehearsal.deployed import until
from rehearsal.engine import Engine

PATIENCE_S = 20.0
LAMBDA = "lambda.amazonaws.com"
LOGS = (("logs:CreateLogStream", "*"), ("logs:PutLogEvents", "*"))
Statement = dict[str, Any]


class Account:
    """Of one engine. client: of a service, for the account's root; made once, as it is slow."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.client = engine, cache(engine.client)

    def role(self, trust: Statement, *allowed: tuple[str, str]) -> str:
        """A role that may do these actions on these resources; its ARN."""
        name, iam = new("role"), self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
        if allowed:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(
                *(allow(action, resource) for action, resource in allowed)))
        return str(made["Role"]["Arn"])

    def function(self, code: str, role: str = "", **settings: Any) -> str:
        """A function of one file; its ARN. role: one that may log, if none is given."""
        made = self.client("lambda").create_function(
            FunctionName=new("function"), Runtime="python3.13", Handler="index.handler",
            Code={"ZipFile": bundle({"index.py": code})}, Timeout=10,
            Role=role or self.role(trusting(LAMBDA), *LOGS), **settings)
        return str(made["FunctionArn"])

    def call(self, function: str, payload: Any = None, kind: str = "RequestResponse") -> Any:
        """What a function answers; what it raised, as Lambda words it."""
        given = self.client("lambda").invoke(
            FunctionName=function, InvocationType=kind, Payload=json.dumps(payload).encode())
        return json.loads(given["Payload"].read() or b"null")

    def log(self, function: str) -> list[str]:
        """Lines of a function's log."""
        logs, group = self.client("logs"), f"/aws/lambda/{name(function)}"
        try:
            found = logs.filter_log_events(logGroupName=group)
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in found["events"]]

    def queue(self) -> str:
        """A queue; its ARN."""
        queue = new("queue")
        self.client("sqs").create_queue(QueueName=queue)
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"

    def messages(self, queue: str) -> list[Any]:
        """What a queue holds."""
        sqs = self.client("sqs")
        found = sqs.receive_message(QueueUrl=self.url(queue), MaxNumberOfMessages=10,
                                    VisibilityTimeout=0)
        return [json.loads(message["Body"]) for message in found.get("Messages", [])]

    def url(self, queue: str) -> str:
        """Of a queue."""
        return str(self.client("sqs").get_queue_url(QueueName=name(queue))["QueueUrl"])

    def deploy(self, **resources: Any) -> str:
        """A stack that is being made; its ID, by which it is known also when it is gone."""
        stack, cloudformation = new("stack"), self.client("cloudformation")
        return str(cloudformation.create_stack(
            StackName=stack, TemplateBody=json.dumps({"Resources": resources}))["StackId"])

    def update(self, stack: str, **resources: Any) -> None:
        """Change a stack."""
        self.client("cloudformation").update_stack(
            StackName=stack, TemplateBody=json.dumps({"Resources": resources}))

    def state(self, stack: str) -> str:
        """How the last change of a stack ended."""
        def ended() -> str:
            found = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
            return "" if found["StackStatus"].endswith("IN_PROGRESS") else found["StackStatus"]

        return str(wait(f"the end of {stack}", ended))

    def get(self, api: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        """Status and body of what an API answers."""
        request = Request(f"{self.engine.url}/_aws/execute-api/{api}{path}", headers=headers)
        try:
            with urlopen(request) as answer:
                return int(answer.status), answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def said(self, words: str) -> bool:
        """Did the engine print this?"""
        return words in self.engine.log.read_text()


def wait(what: str, holds: Callable[[], Any]) -> Any:
    """What must come."""
    return until(what, holds, PATIENCE_S)


def new(kind: str) -> str:
    """A name that nothing has."""
    return f"{kind}-{uuid4().hex[:8]}"


def name(arn: str) -> str:
    """Of what an ARN names."""
    return arn.rpartition(":")[2]


def soon() -> str:
    """A schedule that is due."""
    return time.strftime("at(%Y-%m-%dT%H:%M:%S)", time.gmtime())


def called_by(account: Account, function: str, service: str, source_arn: str) -> None:
    """A function lets a service call it, for what it acts on behalf of."""
    account.client("lambda").add_permission(
        FunctionName=function, StatementId=new("caller"), Action="lambda:InvokeFunction",
        Principal=service, SourceArn=source_arn)


def bundle(files: dict[str, str]) -> bytes:
    """A zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        for path, text in files.items():
            zipped.writestr(path, text)
    return packed.getvalue()


def allow(action: str, resource: str, **more: Any) -> Statement:
    """A statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trusting(service: str, source_arn: str = "") -> Statement:
    """A statement by which a service may take a role, for what it acts on behalf of."""
    condition = {"Condition": {"ArnLike": {"aws:SourceArn": source_arn}}} if source_arn else {}
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole",
            **condition}


def policy(*statements: Statement) -> str:
    """A document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
