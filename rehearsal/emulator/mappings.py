"""Event source mappings are driven from outside, by the pump of the local cloud.

MiniStack's own poller takes a batch whose failed records a function names for done, and repeats one
that a function fails on for ever: it knows no partial failure, no bisection, no limit of retries
and no on-failure destination.
"""

from ministack.services import lambda_svc


def install() -> None:
    """Silence MiniStack's poller of streams."""
    lambda_svc._poll_kinesis = lambda: False
