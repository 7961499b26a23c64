"""Pages -> trends: once a minute, the new pages are folded into the roll-up that scorers read."""

import time
from dataclasses import replace
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.arrays import ArraysError
from domain.layout import REPLAYS, TRENDS_KEY
from domain.trends import Trends, absorb, empty
from functions.pages import Pages
from functions.settings import RollUpTrends
from functions.shelf import Shelf
from functions.stream import Stream

logger = Logger(service="roll_up_trends")


class Adapters(NamedTuple):
    """What the handler touches."""

    pages: Pages
    shelf: Shelf
    stream: Stream


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = RollUpTrends.from_env(environ)
    return Adapters(Pages(settings.pages_table), Shelf(settings.bucket_name),
                    Stream(settings.stream_name))


def handler(_event: dict[str, Any], _: Any) -> None:
    """Fold what is new; a failure is raised, and the next minute folds it as well."""
    trends = roll_up(*adapters(), now_ms=time.time_ns() // 1_000_000)
    logger.info("rolled up", items=len(trends.keys), pairs=len(trends.pair_weights))


def roll_up(pages: Pages, shelf: Shelf, stream: Stream, now_ms: int) -> Trends:
    """The trends as of now, which are also what is on the shelf from here on."""
    before, present = _last(shelf, now_ms), stream.shards()
    shards = sorted({*present, *before.covered, REPLAYS})
    trends = absorb(before, pages.after(before.covered, shards, consistent=True), now_ms)
    # A shard without pages yet is listed, so that scorers look there before the next roll-up; one
    # that the stream has forgotten gets no more pages.
    covered = {shard: trends.covered.get(shard, -1) for shard in present}
    if REPLAYS in trends.covered:  # scorers need not look there before there is anything
        covered[REPLAYS] = trends.covered[REPLAYS]
    trends = replace(trends, covered=covered)
    shelf.put(TRENDS_KEY, trends.to_bytes())
    return trends


def _last(shelf: Shelf, now_ms: int) -> Trends:
    """The roll-up before this one; what cannot be read is made again of the pages there are."""
    found = shelf.get(TRENDS_KEY)
    try:
        return Trends.from_bytes(found) if found else empty(now_ms)
    except ArraysError as error:
        logger.error("begun anew", reason=str(error))
        return empty(now_ms)
