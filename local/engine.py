"""moto, answering AWS calls in this process: one at a time, and watchers hear of each."""

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from threading import RLock
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.handlers import BUILTIN_HANDLERS
from moto import mock_aws
from moto.apigateway.utils import ApigwApiKeyIdentifier
from moto.core.models import botocore_stubber
from moto.utilities.id_generator import moto_id_manager

from local import shard, transaction
from local.template import ACCOUNT, REGION

# service.Operation, as botocore names it, and the request that succeeded
Watcher = Callable[[str, AWSPreparedRequest], None]
# the same, whether it succeeded or not, and its answer
Observer = Callable[[str, AWSPreparedRequest, AWSResponse], None]
Perform = Callable[[AWSPreparedRequest], AWSResponse | None]
# service.Operation, the request, what performs it -> the answer; what it raises, the client meets
Interceptor = Callable[[str, AWSPreparedRequest, Perform], AWSResponse | None]

# Keys that open nothing, and no way to find others: a call that leaves this process is refused.
_ENVIRONMENT = {
    "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    # moto gives a copy of a multipart object the checksum of the upload, and botocore refuses it.
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
}
_FORGOTTEN = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ROLE_ARN",
              "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
              "AWS_CONTAINER_CREDENTIALS_FULL_URI")


def straight(_call: str, request: AWSPreparedRequest, perform: Perform) -> AWSResponse | None:
    """Every call is performed, once and at once."""
    return perform(request)


class EngineError(RuntimeError):
    """The engine cannot be started."""


class Engine:
    """Holds moto between `start` and `stop`, and the environment that leads boto3 to it.

    busy_s: how long callers have waited for answers in all, which on AWS would be the services'.
    answering_s: CPU seconds that went into answering, of whichever thread asked.
    """

    def __init__(self, access_key: str, secret_key: str) -> None:
        self._keys = {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key}
        self._moto = mock_aws(config={"core": {"mock_credentials": False}})
        # In moto's place among botocore's handlers: botocore calls them all, not the first alone.
        self._moto_handler = ("before-send", botocore_stubber)
        self._handler = ("before-send", self._send)
        self._one_at_a_time = RLock()  # moto's backends are plain dictionaries
        self._watchers: list[Watcher] = []
        self._observers: list[Observer] = []
        self._intercept: Interceptor = straight
        self.busy_s = self.answering_s = 0.0

    def start(self) -> None:
        """From here on every boto3 client made in this process speaks to moto.

        raises: EngineError, when another engine runs in this process.
        """
        if self._moto_handler not in BUILTIN_HANDLERS:
            raise EngineError("one local cloud runs in this process already; stop it first")
        self._before = dict(os.environ)
        for name in _FORGOTTEN:
            os.environ.pop(name, None)
        os.environ.update(_ENVIRONMENT | self._keys)
        BUILTIN_HANDLERS[BUILTIN_HANDLERS.index(self._moto_handler)] = self._handler
        self._moto.start()
        transaction.install()
        shard.install()
        # Its own session: making clients of the default session is not safe among threads.
        self._session = boto3.Session()

    def set_environment(self, values: Mapping[str, str]) -> None:
        """Set variables until `stop`."""
        os.environ.update(values)

    def stop(self) -> None:
        """Forget everything and give the environment back."""
        shard.remove()
        transaction.remove()
        self._moto.stop()
        BUILTIN_HANDLERS[BUILTIN_HANDLERS.index(self._handler)] = self._moto_handler
        os.environ.clear()
        os.environ.update(self._before)

    def reset(self) -> None:
        """Empty every service."""
        with self._one_at_a_time:
            self._moto.reset()

    def client(self, service: str) -> Any:
        """A boto3 client of this engine."""
        return self._session.client(service)  # type: ignore[call-overload]

    def make_api_key(self, id_: str, value: str) -> None:
        """An API key of a given id, which AWS would draw."""
        moto_id_manager.set_custom_id(ApigwApiKeyIdentifier(ACCOUNT, REGION, value), id_)
        self.client("apigateway").create_api_key(name=id_, value=value, enabled=True)

    def watch(self, watcher: Watcher) -> None:
        """Be told of each call that succeeds, before its caller is."""
        self._watchers.append(watcher)

    def intercept(self, interceptor: Interceptor = straight) -> None:
        """Have every call answered by this: it may perform it, now, later, twice or never."""
        self._intercept = interceptor

    def observe(self, observer: Observer) -> None:
        """Be told of every call, before its caller is."""
        self._observers.append(observer)

    def replay(self, request: AWSPreparedRequest) -> int:
        """Do a recorded call again, unwatched; answers with the HTTP status."""
        with self._one_at_a_time:
            response = botocore_stubber("", request)
            return response.status_code if response else 404

    def _send(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        began_s = time.perf_counter()
        with self._one_at_a_time:
            began_cpu_s, call = time.thread_time(), event_name.removeprefix("before-send.")
            response = self._intercept(call, request, partial(botocore_stubber, event_name))
            self.busy_s += time.perf_counter() - began_s
            if response is not None:
                self._tell(call, request, response)
            self.answering_s += time.thread_time() - began_cpu_s
            return response

    def _tell(self, call: str, request: AWSPreparedRequest, response: AWSResponse) -> None:
        for observer in self._observers:
            observer(call, request, response)
        if response.status_code < 300:
            for watcher in self._watchers:
                watcher(call, request)
