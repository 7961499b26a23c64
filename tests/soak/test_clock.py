"""Time moves when it is told to."""

import botocore.endpoint

from soak.clock import START_S, Clock, without_pauses


def test_time_passes_only_when_told() -> None:
    clock = Clock()

    clock.pass_(1.5)

    assert clock() == START_S + 1.5
    assert clock.now_ms == round((START_S + 1.5) * 1000)


def test_botocore_does_not_wait_and_does_again_afterwards() -> None:
    before = botocore.endpoint.time

    with without_pauses():
        botocore.endpoint.time.sleep(3600)  # would take an hour

    assert botocore.endpoint.time is before
