"""Figures as tables."""

from model.report import tables
from model.report.card import Duel
from model.report.chance import Estimate
from tests.model.report.scene import group, study


def test_a_verdict_asks_chance_first_and_then_who_is_ahead() -> None:
    def duel(difference: float, p_value: float) -> Duel:
        return Duel("popularity", "ndcg@10", Estimate(difference), p_value)

    assert tables.verdict(duel(0.5, 0.05)) == "open"
    assert tables.verdict(duel(0.5, 0.049)) == "better"
    assert tables.verdict(duel(-0.5, 0.049)) == "worse"


def test_the_least_p_value_is_not_said_to_be_exact() -> None:
    assert tables.p_text(1 / 10_000) == "&lt;&nbsp;0.0002"
    assert tables.p_text(0.0304) == "0.030"
    assert tables.p_text(0.0003) == "0.0003"


def test_every_metric_and_length_has_its_row() -> None:
    found = tables.accuracy(study())

    assert found.count("<tr>") == 1 + 4 * 4
    assert "<td>NDCG at 50</td><td>0.250<small>0.125 to 0.500</small></td>" in found


def test_a_difference_is_said_with_its_interval_and_p_value() -> None:
    found = tables.duels(study(p_value=0.2))

    assert "+0.1000<small>+0.0000 to +0.2000</small>" in found
    assert '<span class="badge open">p 0.200</span>' in found


def test_what_is_not_known_is_said_to_be_so_and_the_best_stands_out() -> None:
    made = study()
    made.beyond["model"].pop("miscalibration")  # type: ignore[attr-defined]
    made.beyond["model"]["gini"] = Estimate(0.1)  # type: ignore[index]

    found = tables.beyond(made)

    assert "not known" in found
    assert '<span class="best">0.100</span>' in found


def test_names_of_segments_are_text() -> None:
    found = tables.group(group("category", "<script>"))

    assert "&lt;script&gt;" in found
    assert "<script>" not in found
