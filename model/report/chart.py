"""Charts as inline SVG: every colour and font is the page's, so that light and dark follow it."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from model.report.chance import Estimate

Form = Callable[[float], str]
Ends = tuple[float, float]
Series = Mapping[str, Sequence[Estimate | None]]  # colour's class -> one estimate a label

LINES = (430, 250)  # user units of an SVG, about pixels
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 40
DOTS_WIDTH, LABEL_WIDTH, COUNT_WIDTH = 900, 270, 110
LANE = 9.5  # height of one ranker in a row
DODGE = 6  # between the points of two rankers at one label
MAX_TICKS = 5


def lines(labels: Sequence[str], series: Series, form: Form, says: str, axis: str = "",
          from_zero: bool = True) -> str:
    """A line with whiskers for each series over the same labels, side by side."""
    width, height = LINES
    ticks = ticks_of(*_span(series, from_zero))
    step = (width - LEFT - RIGHT) / max(1, len(labels))
    xs = [LEFT + step * (place + 0.5) for place in range(len(labels))]

    def y(value: float) -> float:
        share = (value - ticks[0]) / (ticks[-1] - ticks[0])
        return height - BOTTOM - share * (height - TOP - BOTTOM)

    parts = [f'<line class="grid" x1="{LEFT}" x2="{width - RIGHT}" y1="{y(t):.1f}" '
             f'y2="{y(t):.1f}"/><text class="end" x="{LEFT - 8}" y="{y(t) + 4:.1f}">'
             f"{_short(form(t))}</text>" for t in ticks]
    parts += [f'<text class="mid" x="{x:.1f}" y="{height - BOTTOM + 18}">{escape(label)}</text>'
              for x, label in zip(xs, labels, strict=True)]
    if axis:
        parts.append(f'<text class="mid faint" x="{(width + LEFT - RIGHT) / 2:.0f}" '
                     f'y="{height - 4}">{escape(axis)}</text>')
    for lane, (name, points) in reversed(list(enumerate(series.items()))):  # the first on top
        aside = (lane - (len(series) - 1) / 2) * DODGE
        found = [(x + aside, y(p.value), p, label)
                 for x, p, label in zip(xs, points, labels, strict=True) if p is not None]
        path = " ".join(f"{x:.1f},{height:.1f}" for x, height, _, _ in found)
        parts.append(f'<polyline class="line c-{name}" points="{path}"/>')
        for x, middle, p, label in found:
            ends = None if p.low is None or p.high is None else (y(p.low), y(p.high))
            parts.append(_whisker(name, (x, x), ends) + _mark(name, x, middle, p, form, label))
    return _svg(width, height, says, parts)


def dots(rows: Sequence[tuple[str, str, Mapping[str, Estimate]]], form: Form, says: str) -> str:
    """A row for each segment: its label, a dot with its interval for each ranker, a remark."""
    n_lanes = max((len(scores) for _, _, scores in rows), default=1)
    row_height = n_lanes * LANE + 14
    height = TOP + row_height * len(rows) + 24
    ticks = ticks_of(*_span({label: list(scores.values()) for label, _, scores in rows}, True))
    right = DOTS_WIDTH - COUNT_WIDTH

    def x(value: float) -> float:
        return LABEL_WIDTH + (value - ticks[0]) / (ticks[-1] - ticks[0]) * (right - LABEL_WIDTH)

    parts = [f'<rect class="stripe" x="0" y="{TOP + place * row_height}" width="{DOTS_WIDTH}" '
             f'height="{row_height}"/>' for place in range(0, len(rows), 2)]
    parts += [f'<line class="grid" x1="{x(t):.1f}" x2="{x(t):.1f}" y1="{TOP}" y2="{height - 24}"/>'
             f'<text class="mid" x="{x(t):.1f}" y="{height - 8}">{_short(form(t))}</text>'
             for t in ticks]
    for place, (label, remark, scores) in enumerate(rows):
        middle = TOP + (place + 0.5) * row_height
        parts.append(f'<text class="label" x="8" y="{middle + 4:.1f}">{escape(label)}</text>'
                     f'<text class="end faint" x="{DOTS_WIDTH - 8}" y="{middle + 4:.1f}">'
                     f"{escape(remark)}</text>")
        first = middle - (len(scores) - 1) * LANE / 2
        for lane, (name, p) in enumerate(scores.items()):
            y = first + lane * LANE
            ends = None if p.low is None or p.high is None else (x(p.low), x(p.high))
            parts.append(_whisker(name, ends, (y, y)) + _mark(name, x(p.value), y, p, form, label))
    return _svg(DOTS_WIDTH, height, says, parts)


def ticks_of(low: float, high: float) -> list[float]:
    """Round numbers at even steps, from below the lowest to above the highest."""
    room = (high - low) or abs(high) or 1.0
    size = 10.0 ** math.floor(math.log10(room / MAX_TICKS))
    step = next(size * by for by in (1, 2, 2.5, 5, 10) if room / (size * by) <= MAX_TICKS)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * place for place in range(first, max(last, first + 1) + 1)]


def _span(series: Series, from_zero: bool) -> tuple[float, float]:
    found = [end for points in series.values() for p in points if p is not None
             for end in (p.low, p.value, p.high) if end is not None] or [0.0, 1.0]
    return min(0.0, *found) if from_zero else min(found), max(found)


def _whisker(name: str, xs: Ends | None, ys: Ends | None) -> str:
    if xs is None or ys is None:
        return ""
    return (f'<line class="whisker c-{name}" x1="{xs[0]:.1f}" x2="{xs[1]:.1f}" y1="{ys[0]:.1f}" '
            f'y2="{ys[1]:.1f}"/>')


def _mark(name: str, x: float, y: float, found: Estimate, form: Form, label: str) -> str:
    return (f'<circle class="c-{name}" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{escape(label)}: '
            f"{said(found, form)}</title></circle>")


def said(found: Estimate, form: Form) -> str:
    """An estimate and its interval as text."""
    if found.low is None or found.high is None:
        return form(found.value)
    return f"{form(found.value)} ({form(found.low)} to {form(found.high)})"


def _short(text: str) -> str:
    """Without zeros that say nothing."""
    number, unit = (text[:-1], "%") if text.endswith("%") else (text, "")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + unit


def _svg(width: float, height: float, says: str, parts: Sequence[str]) -> str:
    return (f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(says)}">'
            + "".join(parts) + "</svg>")
