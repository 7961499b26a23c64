"""AWS clients that fail: they stand before a working client, and fail some of its calls."""

from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

THROTTLED = "ProvisionedThroughputExceededException"


def client_error(code: str, operation: str) -> ClientError:
    """As botocore raises it."""
    return ClientError({"Error": {"Code": code, "Message": f"{code}, as told"}}, operation)


class Faulty:
    """Fails chosen calls of a client.

    fails:  operation -> which of its calls fail, counted from 0; None = every one.
    late:   the call takes effect first, and only its answer is lost.
    """

    def __init__(
        self, client: Any, fails: dict[str, Iterable[int] | None], *, late: bool = False,
        code: str = THROTTLED,
    ) -> None:
        self._client, self._late, self._code = client, late, code
        self._fails = {name: None if at is None else set(at) for name, at in fails.items()}
        self.calls: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if name not in self._fails:
            return attribute
        return self._guard(name, attribute)

    def _guard(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            number = self.calls[name] = self.calls.get(name, -1) + 1
            chosen = self._fails[name]
            if chosen is not None and number not in chosen:
                return act(*args, **options)
            if self._late:
                act(*args, **options)
            raise client_error(self._code, name)

        return call


class Unprocessing:
    """A client for which DynamoDB reads no row of chosen users when many are asked for together."""

    def __init__(self, client: Any, *subjects: str) -> None:
        self._client, self._left = client, subjects

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_get_item(self, RequestItems: dict[str, Any]) -> Any:
        """Some of it."""
        ((table, asked),) = RequestItems.items()
        left = [key for key in asked["Keys"] if key["subject"]["S"] in self._left]
        keys = [key for key in asked["Keys"] if key not in left]
        answer = self._client.batch_get_item(RequestItems={table: {**asked, "Keys": keys}})
        return {**answer, "UnprocessedKeys": {table: {**asked, "Keys": left}}}


class Unreachable:
    """A client whose every call finds no endpoint."""

    def __getattr__(self, name: str) -> Any:
        def call(*_: Any, **__: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="https://nowhere.invalid")

        return call
