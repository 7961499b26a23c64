"""The emulator as a process: MiniStack with IAM enforced, on the loopback address alone."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from local.template import ACCOUNT, REGION, ROOT
from rehearsal.emulator import PARTS

FOLDER = ROOT / ".build/rehearsal"
SECRET = "rehearsal"
OWNER = Credentials(ACCOUNT, SECRET)  # the emulator takes an account's number for its root's key
PATIENCE_S = 30.0


class RehearsalError(RuntimeError):
    """Something did not happen as it must on AWS."""


class Engine:
    """Runs while the `with` does. url: of every service; log: what it printed.

    parts: of what MiniStack lacks; name: of the log.
    """

    def __init__(self, parts: Sequence[str] = PARTS, name: str = "emulator") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.log = FOLDER / f"{name}.log"
        self._parts = parts
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        (FOLDER / "tmp").mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [FOLDER / "emulator/bin/python", "-m", "rehearsal.emulator", *self._parts],
                cwd=ROOT, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        self._await_health()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def client(self, service: str, credentials: Credentials = OWNER) -> Any:
        """A client of a service, for the account's root or a role that was taken."""
        make: Any = boto3.client  # its stubs want the name of each service as a literal
        return make(
            service, endpoint_url=self.url, region_name=REGION,
            aws_access_key_id=credentials.access_key, aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
            config=Config(read_timeout=900, retries={"total_max_attempts": 1}))

    def post(self, service: str, target: str, body: Any) -> None:
        """A call that no client of AWS knows, signed by the account's root."""
        data = json.dumps(body, default=str).encode()
        request = AWSRequest("POST", self.url, {
            "X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}, data)
        SigV4Auth(OWNER, service, REGION).add_auth(request)
        headers = {name: str(value) for name, value in request.headers.items()}
        sent = urllib.request.Request(self.url, data, headers, method="POST")
        with urllib.request.urlopen(sent):
            return

    def assume(self, role_arn: str, session: str, acting_for: str | None = None) -> Credentials:
        """What a service of AWS gets when it takes a role; acting_for: an ARN."""
        source = {"ExternalId": acting_for} if acting_for else {}
        found = self.client("sts").assume_role(
            RoleArn=role_arn, RoleSessionName=session, **source)["Credentials"]
        return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])

    def shell(self) -> dict[str, str]:
        """Variables for the CDK CLI, which then talks to this engine only."""
        return {
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "CDK_DEFAULT_ACCOUNT": ACCOUNT, "CDK_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true", "CDK_DISABLE_CLI_TELEMETRY": "1",
            "CDK_VALIDATION": "false",  # `make synth` validates; here it would cost 4 s a synth
        }

    def _environment(self) -> dict[str, str]:
        """Nothing of this process but where programs lie: functions see what Lambda gives them."""
        return {
            "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(ROOT),
            "TMPDIR": str(FOLDER / "tmp"), "NODE_PATH": str(FOLDER / "node/node_modules"),
            "REHEARSAL_LAMBDA_PYTHON": str(FOLDER / "runtime/bin/python"),
            "AUTH": "true", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": self.url, "GATEWAY_PORT": str(self._port),
            "MINISTACK_ACCOUNT_ID": ACCOUNT, "MINISTACK_REGION": REGION,
            "MINISTACK_HOST": "127.0.0.1", "BIND_HOST": "127.0.0.1",  # its default is every address
            "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "LOG_LEVEL": "INFO",
        }

    def _await_health(self) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/health"):
                    return
            except URLError:
                time.sleep(0.1)
        raise RehearsalError(f"the emulator did not start: see {self.log}")
