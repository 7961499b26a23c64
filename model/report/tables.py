"""The same figures as tables, for who wants the numbers."""

from collections.abc import Iterable, Sequence
from html import escape

from model.report.card import KS, SHOWN, Duel, Group, Study
from model.report.chance import FLIPS, Estimate
from model.report.chart import Form, said
from model.report.words import ACCURACY, BEYOND, LESS, MORE, RANKERS, Metric

SURE = 0.05  # a smaller p-value tells two rankers apart


def accuracy(study: Study) -> str:
    """A row a metric and length of the list."""
    return _table(["", *_titles(study.accuracy)], (
        [f"{metric.title} at {k}", *(_cell(scores.get(f"{name}@{k}"), metric.form)
                                     for scores in study.accuracy.values())]
        for name, metric in ACCURACY.items() for k in KS))


def beyond(study: Study) -> str:
    """A row a metric, with a meter in each cell; a metric of which nothing is known says so."""
    return _table(["", *_titles(study.beyond)], (
        [f"<b>{metric.title}</b><small>{metric.says}{'; ' + metric.better if metric.better else ''}"
         "</small>", *_metered(study, name, metric)] for name, metric in BEYOND.items()))


def duels(study: Study) -> str:
    """A row a rival; in each cell how far the model is ahead, between what, and the p-value."""
    rivals = dict.fromkeys(duel.rival for duel in study.duels)
    metrics = dict.fromkeys(duel.metric for duel in study.duels)
    found = {(duel.rival, duel.metric): duel for duel in study.duels}
    return _table(["This model minus", *map(title_of, metrics)], (
        [f"<b>{RANKERS[rival].title}</b>", *(_ahead(found[rival, metric]) for metric in metrics)]
        for rival in rivals))


def title_of(metric: str) -> str:
    """Of what is measured, at the length of its list."""
    name, _, k = metric.partition("@")
    return f"{ACCURACY[name].title} at {k}"


def verdict(duel: Duel) -> str:
    """better, worse, or open: by chance alone as much would come too often."""
    if duel.p_value >= SURE:
        return "open"
    return "better" if duel.difference.value > 0 else "worse"


def _ahead(duel: Duel) -> str:
    low, high, value = duel.difference.low, duel.difference.high, duel.difference.value
    between = f"{low:+.4f} to {high:+.4f}" if low is not None else "too few users"
    return (f"{value:+.4f}<small>{between}</small>"
            f'<span class="badge {verdict(duel)}">p {p_text(duel.p_value)}</span>')


def group(found: Group) -> str:
    """A row a segment: hit rate and NDCG of each ranker."""
    rankers = found.rows[0].scores
    return _table(["", "cases", "users", *_titles(rankers)], (
        [escape(row.label), f"{row.cases:,}", f"{row.users:,}",
         *(_cell(scores.get(f"hr@{SHOWN}"), ACCURACY["hr"].form)
           + _cell(scores.get(f"ndcg@{SHOWN}"), lambda v: f"NDCG {v:.3f}")
           for scores in row.scores.values())] for row in found.rows))


def folded(title: str, body: str) -> str:
    """Something to open."""
    return f"<details><summary>{title}</summary>{body}</details>"


def p_text(value: float) -> str:
    """A p-value; the smallest there can be is said to be smaller."""
    if value <= 1 / (FLIPS + 1):
        return f"&lt;&nbsp;{2 / (FLIPS + 1):.4f}"
    return f"{value:.4f}" if value < 0.001 else f"{value:.3f}"


def _metered(study: Study, name: str, metric: Metric) -> Iterable[str]:
    found = {ranker: scores.get(name) for ranker, scores in study.beyond.items()}
    values = [one.value for one in found.values() if one]
    most = max(values, default=0.0) or 1.0
    best = {MORE: max, LESS: min}.get(metric.better, lambda _: None)(values) if values else None
    for ranker, one in found.items():
        width, kind = (100 * max(0.0, one.value / most), "best" if one.value == best else "") \
            if one else (0.0, "")
        yield (f'<span class="{kind}">{_cell(one, metric.form)}</span><span class="meter">'
               f'<i class="c-{ranker}" style="width:{width:.0f}%"></i></span>')


def _cell(found: Estimate | None, form: Form) -> str:
    if found is None:
        return "<span class=faint>not known</span>"
    value, _, sure = said(found, form).partition(" (")
    return f"{value}<small>{sure.rstrip(')')}</small>" if sure else value


def _titles(rankers: Iterable[str]) -> list[str]:
    return [RANKERS[ranker].title for ranker in rankers]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{title}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (f'<div class="table"><table><thead><tr>{top}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>")
