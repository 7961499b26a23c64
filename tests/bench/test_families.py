"""The page of families, from figures made up."""

from bench.families import BY_TIME, DEFAULT, PAPERS, PROTOCOLS, Found, page
from model.config import CHOICES, MODELS


def of(ndcg: float) -> Found:
    metrics = {"ndcg@10": ndcg, "hr@10": 2 * ndcg, "coverage": 0.5, "cases": 484.0}
    return {"metrics": dict.fromkeys(("model", "torch", "covisitation"), metrics), "epochs": 3,
            "cpu_minutes": 1.25}


def test_every_family_and_loss_has_a_row_the_best_first() -> None:
    found = {(model, DEFAULT.loss, protocol): of(place / 100)
             for protocol in PROTOCOLS for place, model in enumerate(MODELS, start=1)}
    found |= {(DEFAULT.model, loss, BY_TIME): of(0.005) for loss in CHOICES["loss"]}

    text = page("ml-100k", found, "2026-01-01")

    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(PROTOCOLS) * len(MODELS) + len(CHOICES["loss"])
    assert rows[0].startswith(f"| `{MODELS[-1]}`: {PAPERS[MODELS[-1]]} | 0.1200 | 0.2400 | 0.50 |")
    assert set(PAPERS) == set(MODELS)
    assert "484 cases: a standard error of about 0.010" in text
