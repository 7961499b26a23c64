"""python -m rehearsal: deploy, use, update and destroy, with the real CDK CLI."""

import time
from functools import partial

from rehearsal import flow
from rehearsal.cdk import Cdk
from rehearsal.deployed import Deployed
from rehearsal.engine import Engine
from rehearsal.remains import standing
from rehearsal.steps import expect_none, step, words

SHOP = {"profile": "prod", "tracing": "true"}
BLOG = {"profile": "cheap", "customer_key": "true"}
TRAINS_AFTER_S = 90  # everything must be loaded and rolled up by then


def main() -> None:
    """Everything, a line per step."""
    began = time.monotonic()
    with Engine() as engine:
        cdk = Cdk(engine)
        step("cdk bootstrap", cdk.bootstrap)
        before = standing(engine)
        settings = {**SHOP, "hyperparameters": flow.HYPERPARAMETERS,
                    "training_schedule": flow.soon(TRAINS_AFTER_S)}
        step("cdk deploy shop, of the profile prod", lambda: cdk.deploy("shop", settings))
        expect_none("a second deploy would change",
                     step("cdk diff", lambda: cdk.diff("shop", settings)))
        outputs = step("cdk deploy blog beside it, of the profile cheap",
                       lambda: cdk.deploy("blog", BLOG))
        step(words(flow.see_door), lambda: flow.see_door(Deployed(engine, "blog", outputs)))
        settings["log_days"] = "7"
        outputs = step("cdk deploy of a changed setting", lambda: cdk.deploy("shop", settings))
        with Deployed(engine, "shop", outputs) as shop:
            step(words(flow.fill), lambda: flow.fill(shop))
            step("cdk destroy blog while the shop serves", lambda: cdk.destroy("blog", BLOG))
            for act in flow.AFTER_FILLING:
                step(words(act), partial(act, shop))
        step("cdk destroy shop", lambda: cdk.destroy("shop", settings))
        expect_none("left behind", standing(engine) - before)
    print(f"{time.monotonic() - began:6.1f} s  in all")


if __name__ == "__main__":
    main()
