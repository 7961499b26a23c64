"""python -m rehearsal: deploy, use, update and destroy, with the real CDK CLI."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from rehearsal import flow
from rehearsal.cdk import Cdk
from rehearsal.deployed import Deployed
from rehearsal.engine import Engine, RehearsalError
from rehearsal.remains import standing

TRAINS_AFTER_S = 90  # everything must be loaded and rolled up by then


def main() -> None:
    """Everything, a line per step."""
    began = time.monotonic()
    with Engine() as engine:
        cdk = Cdk(engine)
        step("cdk bootstrap", cdk.bootstrap)
        before = standing(engine)
        settings = {"hyperparameters": flow.HYPERPARAMETERS,
                    "training_schedule": flow.soon(TRAINS_AFTER_S)}
        step("cdk deploy shop", lambda: cdk.deploy("shop", settings))
        _expect_none("a second deploy would change",
                     step("cdk diff", lambda: cdk.diff("shop", settings)))
        step("cdk deploy blog beside it", lambda: cdk.deploy("blog", {}))
        settings["log_days"] = "7"
        outputs = step("cdk deploy of a changed setting", lambda: cdk.deploy("shop", settings))
        with Deployed(engine, "shop", outputs) as shop:
            step(_saying(flow.fill), lambda: flow.fill(shop))
            step("cdk destroy blog while the shop serves", lambda: cdk.destroy("blog", {}))
            for act in flow.AFTER_FILLING:
                step(_saying(act), partial(act, shop))
        step("cdk destroy shop", lambda: cdk.destroy("shop", settings))
        _expect_none("left behind", standing(engine) - before)
    print(f"{time.monotonic() - began:6.1f} s  in all")


def step(what: str, act: Callable[[], Any]) -> Any:
    """Do and say how long it took."""
    began = time.monotonic()
    found = act()
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)
    return found


def _saying(act: Callable[..., Any]) -> str:
    return str(act.__doc__).partition("\n")[0]


def _expect_none(what: str, found: Any) -> None:
    if found:
        raise RehearsalError(f"{what}: {found}")


if __name__ == "__main__":
    main()
