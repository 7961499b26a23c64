"""How every AWS client of ours behaves: short timeouts, few retries, so that a Lambda decides.

boto3 takes longer to import than numpy and ONNX Runtime together, so it is imported by whoever
opens the first client, and not by whoever names what a client may raise.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_kinesis import KinesisClient
    from types_boto3_s3 import S3Client


class Patience(NamedTuple):
    """How long a client waits for one call.

    connect_s: for a connection; read_s: for each part of the answer; tries: the first included.
    connections: that are kept open. 10 = botocore's own default.
    """

    connect_s: float
    read_s: float
    tries: int
    connections: int = 10

    @property
    def hangs_s(self) -> float:
        """The longest that a call takes which is let in at once and then hears nothing.

        The pause before try n is at most 2^(n-1) s. source: AWS, "Retry behavior" (SDKs and Tools
        Reference Guide), standard mode.
        """
        pauses_s = sum(2.0 ** n for n in range(self.tries - 1))
        return self.tries * max(self.connect_s, self.read_s) + pauses_s

    def botocore(self, **more: Any) -> "Config":
        """As botocore is told."""
        from botocore.config import Config

        return Config(connect_timeout=self.connect_s, read_timeout=self.read_s,
                      max_pool_connections=self.connections,
                      retries={"mode": "standard", "total_max_attempts": self.tries}, **more)


# A healthy call ends within 20 ms. In the background somebody tries again anyway.
CONFIG = Patience(connect_s=1, read_s=5, tries=4)
# Where a caller waits for what must be done, 4 s at most with the pause between the tries.
PROMPT = Patience(connect_s=1, read_s=1.5, tries=2)
# Where a caller waits for what can be done without. S3's first byte takes 100 to 200 ms; who was
# not answered looks again in seconds. source: AWS, "Best practices design patterns: optimizing
# Amazon S3 performance".
BRIEF = Patience(connect_s=0.2, read_s=0.5, tries=1)

# The world is wrong: throttled, timed out, unreachable. Who catches these reports or falls back.
WorldError = (BotoCoreError, ClientError)


def session() -> "Session":
    """What clients share: whose calls they are, and what botocore reads once of all services."""
    from botocore.session import get_session

    return get_session()


def dynamodb(patience: Patience, among: "Session | None" = None) -> "DynamoDBClient":
    """A client of DynamoDB. among: of a session of ours; None = boto3's own."""
    client: DynamoDBClient = _client("dynamodb", patience.botocore(), among)
    _mend(client.meta.events, "needs-retry.dynamodb")
    return client


def kinesis(patience: Patience) -> "KinesisClient":
    """A client of Kinesis."""
    import boto3

    return boto3.client("kinesis", config=patience.botocore())


def events(patience: Patience) -> "EventBridgeClient":
    """A client of EventBridge."""
    import boto3

    return boto3.client("events", config=patience.botocore())


def kms(patience: Patience, among: "Session | None" = None) -> Any:
    """A client of KMS. among: as of `dynamodb`."""
    return _client("kms", patience.botocore(), among)


def sns(patience: Patience) -> Any:
    """A client of SNS."""
    import boto3

    return boto3.client("sns", config=patience.botocore())


def s3(patience: Patience, among: "Session | None" = None) -> "S3Client":
    """A client of S3. among: as of `dynamodb`; such a one moves no whole files.

    Links too; botocore's older signature is refused by newer buckets and with a key of KMS.
    source: AWS, "AWS Signature Version 2 turned off (deprecated) for Amazon S3".
    """
    config = patience.botocore(signature_version="s3v4")
    client: S3Client = _client("s3", config, among)
    _mend(client.meta.events, "needs-retry.s3")
    return client


def _client(service: str, config: "Config", among: "Session | None") -> Any:
    if among:  # boto3 adds what moves whole files: 20 ms of a first list, of 460
        return among.create_client(service, config=config)
    import boto3

    return boto3.client(service, config=config)  # type: ignore[call-overload]


def _mend(hooks: Any, event: str) -> None:
    hooks.register(event, again_if_closed)


def again_if_closed(
    attempts: int = 1, caught_exception: Exception | None = None, **_: Any
) -> float | None:
    """Seconds until the next try of a call, None = there is none; called by botocore.

    The other side closes a connection on which nothing comes, and Lambda sleeps between calls: it
    is found closed, in no time, by the call that wakes it.
    """
    return 0.0 if attempts == 1 and isinstance(caught_exception, ConnectionClosedError) else None
