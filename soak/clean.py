"""The run that nothing hits: the same events at the same positions, each delivered once."""

from collections.abc import Iterable

from local.pump import Pump
from soak.clock import Clock
from soak.deployment import Deployment
from soak.dice import Dice
from soak.found import Found
from soak.stream import Stream
from soak.traffic import call
from soak.wire import Wire


def run(
    deployment: Deployment, stream: Stream, clock: Clock, subjects: Iterable[str],
    erased: Iterable[str],
) -> Found:
    """What an emptied deployment makes of a stream, rolled up once, at the time of `clock`."""
    deployment.empty()
    deployment.engine.intercept(Wire(Dice(0, ()), stream))
    pump = Pump(
        deployment.sources, lambda f, event: deployment.invoke(deployment.verb_of(f), event),
        stream, deployment.s3, clock=clock)  # type: ignore[arg-type]
    pump.drain()
    for subject in erased:
        deployment.invoke("manage_privacy", call(
            "DELETE", "/users/{user_id}", "", clock.now_ms, "", user_id=subject))
    deployment.invoke("roll_up_trends", clock.now_ms)
    return Found.of_users(deployment, subjects)
