"""What functions say to the bus is said under their deployment's name, or is told not to be."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.bus import Bus


class Entries:
    """A client of EventBridge that takes all but the event of a number."""

    def __init__(self, refused: int = -1) -> None:
        self.told: list[Any] = []
        self._refused = refused

    def put_events(self, *, Entries: list[Any]) -> Any:
        self.told += Entries
        return {"Entries": [{"ErrorCode": "InternalFailure"} if place == self._refused
                            else {"EventId": "1"} for place in range(len(Entries))]}


def bus(client: Any) -> Bus:
    return Bus("headwater.shop", client)


def test_each_detail_is_an_event() -> None:
    client = Entries()

    bus(client).say("Done", [{"n": 1}, {"n": 2}])

    assert client.told == [{"Source": "headwater.shop", "DetailType": "Done", "Detail": text}
                           for text in ('{"n": 1}', '{"n": 2}')]


def test_one_that_is_not_taken_is_raised() -> None:
    with pytest.raises(ClientError, match="InternalFailure"):
        bus(Entries(refused=1)).say("Done", [{"n": 1}, {"n": 2}])
