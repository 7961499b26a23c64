"""A report -> one HTML page that needs nothing else: no script, no font, no network."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from model.report import tables
from model.report.card import KS, SHOWN, Group, Report, Study
from model.report.chance import Estimate
from model.report.chart import dots, lines
from model.report.words import ACCURACY, RANKERS, decimal, percent, words_of

STYLE = Path(__file__).with_name("page.css")
HITS, GATE = f"hr@{SHOWN}", f"ndcg@{SHOWN}"
AGE = "age"


def page(report: Report) -> str:
    """The whole page."""
    study, *others = report.studies
    parts = [_head(report), _hero(study), _accuracy(study), _duels(study), *_groups(study),
             _beyond(study), *(_other(one) for one in others), *_training(report),
             _method(report, study)]
    return ('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>Model {escape(str(report.model['version']))}: report</title>"
            f"<style>{STYLE.read_text()}</style></head><body><main>"
            + "\n".join(parts) + "</main></body></html>\n")


def _head(report: Report) -> str:
    model, data = report.model, report.data
    facts = [f"Model <b>{escape(str(model['version']))}</b>",
             f"made {escape(str(model['created_at']))[:16].replace('T', ' ')}",
             f"{data['events']:,} events", f"{data['users']:,} users", f"{data['items']:,} items"]
    notes = "".join(f'<p class="notes">{escape(note)}</p>' for note in report.notes)
    return ('<header><h1>How good are the recommendations?</h1><ul class="facts">'
            + "".join(f"<li>{fact}</li>" for fact in facts) + f"</ul>{notes}</header>")


def _hero(study: Study) -> str:
    hits = {ranker: scores[HITS] for ranker, scores in study.accuracy.items()}
    ours, most = hits["model"], max(found.value for found in hits.values()) or 1.0
    bars = "".join(
        f'<span>{RANKERS[ranker].title}</span><span class="bar"><i class="c-{ranker}" '
        f'style="width:{100 * found.value / most:.1f}%"></i></span>'
        f"<b>{100 * found.value:.1f}</b>" for ranker, found in hits.items())
    sure = (f" With other users like these it would be {100 * ours.low:.0f} to "
            f"{100 * ours.high:.0f}." if ours.low is not None and ours.high is not None else "")
    return (f'<section class="hero"><div><div class="figure">{100 * ours.value:.0f}'
            "<small> of 100</small></div><p>times, the item somebody turned to next stood in "
            f"this model's list of {SHOWN}, out of the whole catalogue.{sure}</p></div>"
            f'<div class="bars" role="img" aria-label="hits of 100 by ranker">{bars}</div>'
            f'<ul class="verdicts">{"".join(_verdicts(study))}</ul>'
            "</section>")


def _verdicts(study: Study) -> Iterator[str]:
    """What the paired test says of each rival, by what the gate for deployment reads."""
    for duel in study.duels:
        if duel.metric != GATE:
            continue
        before = study.accuracy[duel.rival][GATE].value
        ahead = duel.difference.value / before if before else 0.0
        change = f"{1 + ahead:.1f} times its" if ahead > 1 else f"{ahead:+.1%}"
        kind, words = tables.verdict(duel), RANKERS[duel.rival]
        text = {"better": "better than", "worse": "worse than", "open": "no clear winner"}[kind]
        yield (f'<li><span class="badge {kind}">{text}</span><span><b>{words.title}</b>: '
               f'{words.says} <span class="faint">({change} NDCG, '
               f"p&nbsp;{tables.p_text(duel.p_value)})</span></span></li>")


def _accuracy(study: Study) -> str:
    return _section(
        "Does it find what people want next?",
        f"{study.cases:,} times {study.users:,} people turned to an item that was new to them. "
        "Each ranker was asked for a list the moment before. Whiskers: 95%.",
        _legend(study.accuracy) + _by_length(study, *ACCURACY)
        + tables.folded("The numbers", tables.accuracy(study)))


def _by_length(study: Study, *names: str) -> str:
    """A panel a metric, over the lengths of lists."""
    panels = []
    for name in names:
        metric = ACCURACY[name]
        series = {ranker: [scores.get(f"{name}@{k}") for k in KS]
                  for ranker, scores in study.accuracy.items()}
        chart = lines([str(k) for k in KS], series, metric.form, f"{metric.title} by list length",
                      "length of the list")
        panels.append(f'<figure><h3>{metric.title}</h3><p class="says">{metric.says}</p>'
                      f"{chart}</figure>")
    return f'<div class="panels">{"".join(panels)}</div>'


def _duels(study: Study) -> str:
    return _section(
        "Is the difference more than chance?",
        "This model minus each rival, asked the same questions. p: how often as large a difference "
        "would come by chance if both were equally good; below 0.05 that is hard to believe, "
        "though of twenty comparisons one comes out so by chance. The gate for deployment reads "
        "NDCG.",
        tables.duels(study))


def _groups(study: Study) -> Iterator[str]:
    aging = [group for group in study.groups if group.name == AGE]
    if aging:
        yield _section(
            "Does it age?",
            "The test in successive parts. The model has seen none of it, and nothing it counts "
            "was brought up to date: served, its counts would be. Other people came in each part, "
            "so look at how far it stays ahead of the others as well.",
            _legend(study.accuracy) + "".join(map(_by_time, aging)))
    figures = "".join(map(_group, (g for g in study.groups if g.name != AGE)))
    yield _section(
        "For whom does it work?",
        f"Hit rate at {SHOWN} by parts of the test. Whiskers: 95%; none for fewer than ten users.",
        _legend(study.accuracy) + figures)


def _by_time(group: Group) -> str:
    labels = [row.label.partition(",")[0].removeprefix("days ") for row in group.rows]
    panels = []
    for name in ("hr", "ndcg"):
        metric = ACCURACY[name]
        series = {ranker: [row.scores[ranker].get(f"{name}@{SHOWN}") for row in group.rows]
                  for ranker in group.rows[0].scores}
        panels.append(f"<figure><h3>{metric.title} at {SHOWN}</h3>"
                      + lines(labels, series, metric.form, f"{metric.title} by age of the model",
                              "days since the newest event it knows") + "</figure>")
    return (f'<div class="panels">{"".join(panels)}</div>'
            + tables.folded("The numbers", tables.group(group)))


def _group(group: Group) -> str:
    words = words_of(group.name)
    rows = [(row.label, f"{row.cases:,} cases", {ranker: scores[HITS] for ranker, scores
                                                 in row.scores.items()})
            for row in group.rows if row.cases]
    return (f'<figure class="wide"><h3>{escape(words.title)}</h3><p class="says">{words.says}</p>'
            + dots(rows, percent, f"hit rate {words.title}") + "</figure>"
            + tables.folded("The numbers", tables.group(group)))


def _beyond(study: Study) -> str:
    return _section("What else are the lists like?",
                    f"Lists of {SHOWN}. Being right is not all: a shop also wants its shelves seen "
                    "and its people surprised.", tables.beyond(study))


def _other(study: Study) -> str:
    return _section(
        "As papers measure it: leave-one-out",
        f"A model trained without the last two events of each person, asked for the last one of "
        f"{study.users:,} people. It knows what others did later, which no shop does: figures are "
        "mostly higher than above, and comparable with publications alone.",
        _legend(study.accuracy) + _by_length(study, "hr", "ndcg")
        + tables.folded("The numbers", tables.accuracy(study))
        + tables.folded("Is it more than chance?", tables.duels(study))
        + tables.folded("What else the lists are like", tables.beyond(study)))


def _training(report: Report) -> Iterator[str]:
    if not report.epoch_log:
        return
    epochs = [f"{epoch:.0f}" for epoch, _, _ in report.epoch_log]
    best, _, score = max(report.epoch_log, key=lambda entry: entry[2])
    panels = "".join(
        f'<figure><h3>{title}</h3><p class="says">{says}</p>'
        + lines(epochs, {name: [Estimate(entry[column]) for entry in report.epoch_log]}, decimal,
                title, "epoch: once through all that is learned from", from_zero=False)
        + "</figure>" for name, column, title, says in (
            ("loss", 1, "Training loss", "what the training makes small"),
            ("validation", 2, "NDCG@10 on validation", "on events it does not learn from")))
    yield _section("How did the training go?",
                   f"Kept is epoch {best:.0f}, the best on validation ({decimal(score)}). More "
                   "epochs would help if the right line were still climbing at its end.",
                   f'<div class="panels">{panels}</div>')


def _method(report: Report, study: Study) -> str:
    rankers = "".join(f"<dt>{RANKERS[r].title}</dt><dd>{RANKERS[r].says}.</dd>"
                      for r in study.accuracy)
    return _section(
        "How this was measured", "",
        f"<p>The log was cut in time: the test is from {_day(study.from_ms)} to "
        f"{_day(study.until_ms)}, later than anything that was learned, tuned on or counted; what "
        "models count is of the moment before, whenever they were trained. Each list is the best "
        "of the whole catalogue without what the user had to do with; no negatives were sampled. "
        "Figures are means over cases, so that busy people weigh more; recall is one over people. "
        "Intervals: the same users drawn anew 1,000 times, between the "
        "2.5th and the 97.5th percentile. p-values: a randomization test that exchanges the two "
        "rankers user by user, 9,999 times. Coverage, Gini and personalization are of the lists "
        f"as a whole and have no interval.</p><dl>{rankers}</dl>"
        f'<p class="says">Made {escape(report.made_at)}; report.json beside this page has every '
        f"number. Code {escape(str(report.model['git_revision']))}.</p>")


def _section(title: str, says: str, body: str) -> str:
    return f'<section><h2>{title}</h2><p class="says">{says}</p>{body}</section>'


def _legend(rankers: Mapping[str, object]) -> str:
    return '<ul class="legend">' + "".join(
        f'<li><i class="c-{r}"></i>{RANKERS[r].title}</li>' for r in rankers) + "</ul>"


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%-d %B %Y")
