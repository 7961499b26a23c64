"""The trail of a request through the functions: one line a step, for the requests followed.

All lines hold `request`, the id that API Gateway gives a call and answers as `x-amz-apigw-id`; a
caller cannot choose it. source: AWS, "Set up CloudWatch logging for REST APIs in API Gateway".
"""

from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.event import Batch
from domain.record import Position, Record
from domain.trail import is_followed


class Trail(NamedTuple):
    """share: of requests that are followed, 0 to 1."""

    share: float = 0.0

    def step(self, logger: Logger, did: str, batch: Batch, at: Position, **more: Any) -> None:
        """Write down what was done with a batch, when its request is followed."""
        if batch.request_id and is_followed(batch.request_id, self.share):
            logger.info(did, request=batch.request_id, shard=at.shard_id,
                        sequence=str(at.sequence), events=len(batch.events), **more)

    def steps(self, logger: Logger, did: str, records: list[Record], **more: Any) -> None:
        """The same, for each of several records."""
        for record in records:
            self.step(logger, did, record.batch, record.position, **more)


OFF = Trail()
