"""The second stage of one training: learned on the older part of validation, judged on the newest.

The first stage has seen nothing of validation but for the weights of its blend, so its shortlists
there are as good as they will be for who is served, and no better. Three parts follow each other in
time: what the network learns from, what ends its training and calibrates it, and what decides.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from domain.artifact import Blend
from domain.graph import Graph
from domain.row import Floats, Rows
from model import calibration
from model.answers import Ranker
from model.calibration import Scaling
from model.evaluate import K, items_of, seen_rows, users_of
from model.histories import Histories
from model.learner import Network
from model.lessons import Lessons, heads, lessons
from model.moments import Moment, moments
from model.neighbours import NEIGHBOURS
from model.rank_fit import fit_ranker, logits_of
from model.rankers import RankNet
from model.shortlists import Shortlist, Shortlister, Stage
from model.split import Case, times_of
from model.trial import Trial
from model.tune import Tuned

log = logging.getLogger(__name__)
SHARES = (0.6, 0.75)  # of validation's events, where the first part ends and the second
MOMENTS = (4_000, 1_500, 1_500)  # of each part at most; 4,000 take 0.6 GB
DECIDING = 2_000  # cases that decide
SURE = 2.0  # standard errors by which the order must be better to be kept
NO_RANKER = "none"
SECOND_STAGE = "second_stage"  # where a card says among its config what came of it


class Verdict(NamedTuple):
    """ndcg@10 of the cases that decide, by the blend and by the second stage.

    error: a standard error of the difference, case by case.
    """

    blend: float
    second: float
    error: float

    @property
    def kept(self) -> bool:
        """Is the order better than chance explains?"""
        return self.second - self.blend > SURE * self.error


class Second(NamedTuple):
    """A second stage. outcomes: its heads.   report: what a card says of it."""

    net: RankNet
    outcomes: tuple[str, ...]
    scalings: tuple[Scaling, ...]
    verdict: Verdict
    report: dict[str, Any]


class Part(NamedTuple):
    """One part of validation, made into lessons. since_ms: where it begins."""

    since_ms: int
    moments: list[Moment]
    shortlists: list[Shortlist]

    def lessons(self, trial: Trial, names: Sequence[str]) -> Lessons:
        """For these heads."""
        return lessons(self.moments, self.shortlists, trial.index, trial.dataset.vocabulary, names)


def second_stage(trial: Trial, network: Network, tuned: Tuned) -> Second | None:
    """Learn and judge one; None where the config wants none, or there is too little to learn from.

    Nor where papers' splits are wanted: there the first stage has learned from what came later.

    cost: two minutes of CPU at most, whatever the size of the log.
    """
    name, seed = trial.config.ranker, trial.config.seed
    asked = moments_of(trial)
    if not asked:
        return None
    maker = shortlister(trial, network, tuned)
    parts = [_part(trial, maker, *found) for found in asked]
    names = heads(parts[0].moments, parts[0].shortlists, trial.index, trial.dataset.vocabulary)
    learned, settling, deciding = (part.lessons(trial, names) for part in parts)
    if not names or not learned.next.any() or not settling.next.any():
        return None
    items = maker.items
    net, course = fit_ranker(learned, settling, items, name, seed)
    scalings = _scalings(logits_of(net, settling, items), settling)
    cases = deciding_cases(trial, parts[2].since_ms)
    verdict = _judged(trial, maker, net, cases)
    errors = _errors(logits_of(net, deciding, items), deciding, names, scalings)
    report = {"ranker": name, "kept": verdict.kept, **verdict._asdict(), "cases": len(cases),
              "moments": len(parts[0].moments), "epochs": course.epochs, "calibration": errors}
    log.info("the second stage: %s", report)
    return Second(net, names, scalings, verdict, report)


def moments_of(trial: Trial) -> list[tuple[int, list[Moment]]]:
    """Where each part of validation begins, and its moments; none, where no stage can be learned.

    cost: three passes over the events.
    """
    config, histories = trial.config, trial.dataset.histories
    if config.ranker == NO_RANKER or config.blend == "alone" or not _is_in_time(trial):
        return []
    found = [(since_ms, moments(histories, since_ms, until_ms, most, config.seed))
             for since_ms, until_ms, most in _bounds(trial)]
    return found if all(asked for _, asked in found[:2]) else []


def shortlister(
    trial: Trial, network: Network, tuned: Tuned, histories: Histories | None = None
) -> Shortlister:
    """The first stage in full precision, whose graph has counted these, or the training part."""
    family = trial.config.model if trial.config.model in NEIGHBOURS else ""
    graph = trial.graph(histories or trial.split.train, tuned.backward, family=family)
    return shortlister_over(trial, network, graph, tuned.blend)


def shortlister_over(trial: Trial, network: Network, graph: Graph, blend: Blend) -> Shortlister:
    """The first stage in full precision, with this graph in this blend."""
    reader = trial.reader()
    items = items_of(network.tower, reader.n_rows)
    users = users_of(network.encoder, items, reader)
    stage = Stage(lambda cases: users(cases).numpy(), items.numpy(), graph, blend,
                  trial.config.window)
    return Shortlister(trial.dataset, trial.index, stage)


def kept(second: Second | None) -> bool:
    """Is there one that serves?"""
    return second is not None and second.verdict.kept


def reranked(
    second: Second | None, trial: Trial, network: Network, tuned: Tuned
) -> Ranker | None:
    """Both stages in full precision on the test, knowing of counts what preceded each case.

    None where none serves.
    """
    if second is None or not kept(second):
        return None
    net = second.net
    maker = shortlister(trial, network, tuned, trial.split.before_test)

    def rank(cases: Sequence[Case]) -> Iterator[Rows]:
        found = both_stages(trial, maker, net, cases)
        yield from (rows[np.argsort(-values, kind="stable")][:K] for rows, _, values in found)

    return rank


def _is_in_time(trial: Trial) -> bool:
    """Had the first stage seen nothing that is as new as validation?"""
    return trial.split.train.until_ms < int(times_of(trial.split.validation).min())


def deciding_cases(trial: Trial, since_ms: int) -> list[Case]:
    """The cases that decide, of those from this time on."""
    cases = trial.split.validation
    (newest,) = np.nonzero(times_of(cases) >= since_ms)
    if len(newest) > DECIDING:
        newest = np.random.default_rng(trial.config.seed).choice(newest, DECIDING, replace=False)
    return [cases[int(place)] for place in np.sort(newest)]


def _bounds(trial: Trial) -> list[tuple[int, int, int]]:
    times = np.sort(times_of(trial.split.validation))
    ends = [int(times[int(len(times) * share)]) for share in SHARES]
    edges = [int(times[0]), *ends, int(times[-1]) + 1]
    return list(zip(edges, edges[1:], MOMENTS, strict=False))


def _part(trial: Trial, maker: Shortlister, since_ms: int, found: list[Moment]) -> Part:
    known = trial.dataset.histories
    return Part(since_ms, found, list(maker([one.case for one in found], known)))


def both_stages(
    trial: Trial, maker: Shortlister, net: RankNet, cases: Sequence[Case]
) -> list[tuple[Rows, Floats, Floats]]:
    """Of each case what is fresh on its shortlist: rows, scores of the first stage, and of both."""
    in_time = sorted(range(len(cases)), key=lambda place: cases[place].target.at_ms)
    made = maker([cases[place] for place in in_time], trial.dataset.histories)
    found: dict[int, tuple[Rows, Floats, Floats]] = {}
    for place, one in zip(in_time, made, strict=True):
        with torch.no_grad():
            logits = net(torch.from_numpy(one.features), torch.from_numpy(one.user[None]),
                         maker.items[one.rows])
        fresh = ~np.isin(one.rows, seen_rows(cases[place], trial.index))
        found[place] = one.rows[fresh], one.scores[fresh], logits[fresh, 0].numpy()
    return [found[place] for place in range(len(cases))]


def _judged(
    trial: Trial, maker: Shortlister, net: RankNet, cases: Sequence[Case]
) -> Verdict:
    worth = np.zeros((2, len(cases)))
    for place, (rows, *both) in enumerate(both_stages(trial, maker, net, cases)):
        (hit,) = np.nonzero(rows == trial.index.row(cases[place].target.item))
        for stage, values in enumerate(both):
            at = int((values >= values[hit[0]]).sum()) if len(hit) else K + 1
            worth[stage, place] = 1 / np.log2(at + 1) if at <= K else 0.0
    error = float((worth[1] - worth[0]).std() / max(1, len(cases))**0.5)
    return Verdict(float(worth[0].mean()), float(worth[1].mean()), error)


def _scalings(logits: Tensor, settling: Lessons) -> tuple[Scaling, ...]:
    return tuple(calibration.fitted(*_known(logits, settling, head))
                 for head in range(settling.outcomes.shape[-1]))


def _errors(
    logits: Tensor, deciding: Lessons, names: Sequence[str], scalings: Sequence[Scaling]
) -> dict[str, dict[str, float]]:
    """Expected calibration error of each head: of the bare logits, and scaled."""
    found = {}
    for head, (name, (scale, shift)) in enumerate(zip(names, scalings, strict=True)):
        told, came = _known(logits, deciding, head)
        before, after = (calibration.error(one.sigmoid().double().numpy(), came.double().numpy())
                         for one in (told, told * scale + shift))
        found[name] = {"before": before, "after": after, "rate": float(came.mean()),
                       "pairs": float(len(came))}
    return found


def _known(logits: Tensor, asked: Lessons, head: int) -> tuple[Tensor, Tensor]:
    """(n,) each: logits and outcomes of one head, of the pairs of which it is known."""
    known = (asked.rows > 0) & ~asked.outcomes[..., head].isnan()
    return logits[..., head + 1][known], asked.outcomes[..., head][known]
