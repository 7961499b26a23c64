"""python -m rehearsal.grants [holder ...]: take away what each Allow statement gives, part by part.

Writes docs/grants.md, or only the sections of these holders anew. Ends with 1 when nothing needed
one of them.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from operator import attrgetter

from botocore.exceptions import ClientError
from tqdm import tqdm

from local.template import ROOT
from rehearsal import flow
from rehearsal.cdk import Cdk
from rehearsal.deployed import Deployed
from rehearsal.engine import Engine, RehearsalError
from rehearsal.grants import clockwork, exercises, needs, table
from rehearsal.grants.cuts import Cut, cuts
from rehearsal.grants.exercises import Exercise
from rehearsal.grants.places import standing
from rehearsal.grants.unseen import reason
from rehearsal.steps import step, words

RESULT = ROOT / "docs/grants.md"


def main(holders: Sequence[str]) -> int:
    """Everything, or only what these holders have."""
    with _deployed() as shop:
        if not holders:
            _expect_whole(shop)
        found = [cut for cut in cuts(shop)
                 if not holders or any(cut.holder.startswith(name) for name in holders)]
        rows = [table.Row(cut.holder, cut.gives, *_judge(shop, cut))
                for cut in tqdm(found, desc="cuts", mininterval=5)]
    anew = {row.holder for row in rows}
    kept = [row for row in table.read(RESULT.read_text()) if holders and row.holder not in anew]
    RESULT.write_text(table.render(sorted(kept + rows, key=attrgetter("holder"))))
    needless = [row for row in rows if not row.needed]
    for row in needless:
        print(f"needless: {row.holder}: {row.gives} ({row.why})")
    print(f"{len(rows)} cuts, {len(needless)} needless")
    return bool(needless)


@contextmanager
def _deployed() -> Iterator[Deployed]:
    """A deployment with events, items, and a model that serves."""
    with Engine() as engine:
        cdk = Cdk(engine)
        step("cdk bootstrap", cdk.bootstrap)
        settings = {"hyperparameters": flow.HYPERPARAMETERS}
        outputs = step("cdk deploy shop", lambda: cdk.deploy("shop", settings))
        with Deployed(engine, "shop", outputs) as shop:
            step("fill it", partial(flow.fill, shop))
            flow.see_features(shop)
        for verb in ("roll_up_catalog", "roll_up_trends"):
            exercises.call(verb, shop)
        step("train", partial(clockwork.train, shop))
        yield shop


def _expect_whole(shop: Deployed) -> None:
    """Nothing was taken away yet: whatever fails now would fail in every cut."""
    failed = [f"{words(act)} {error}" for act in needs.everything(shop)
              if (error := _error(act, shop))]
    if failed:
        raise RehearsalError("with every grant in place:\n" + "\n".join(failed))


def _judge(shop: Deployed, cut: Cut) -> tuple[bool, str]:
    """Is it needed, and who says so?"""
    failed = _failure(shop, cut, needs.of(cut.holder, shop))
    why = reason(cut.holder, cut.action)
    if failed and why:
        return False, f"unseen.py says nothing here uses it, but: {failed}"
    if failed:
        return True, failed
    return bool(why), why or "nothing failed"


def _failure(shop: Deployed, cut: Cut, acts: Sequence[Exercise]) -> str:
    """The first exercise that fails without it, in words."""
    with standing(shop.engine, cut.place, cut.without):
        failed = next((act for act in acts if _error(act, shop)), None)
    if not failed:
        tqdm.write(f"NOTHING FAILED  {cut.holder}: {cut.gives}")
    return words(failed) if failed else ""


def _error(act: Exercise, shop: Deployed) -> str:
    """How it failed, "" = it did not."""
    began, found = time.monotonic(), ""
    try:
        act(shop)
    except (RehearsalError, ClientError) as error:
        found = str(error)
    tqdm.write(f"{time.monotonic() - began:5.1f} s  {words(act)} {found}"[:240])
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
