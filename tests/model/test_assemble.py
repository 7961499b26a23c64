"""What goes into an artifact beside the network."""

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.artifact import BASELINES, CARD, ModelCard, verify
from domain.features import Interaction
from domain.key import item_key
from domain.recommender import Recommender
from domain.vocabulary import Vocabulary
from model import assemble
from model.assemble import counts_of, describe, git_revision, graph_of, now_text, seal, widen
from model.config import TrainConfig
from model.dataset import read
from tests.conftest import Trained
from tests.model.scene import history, index_of, packed

VOCABULARY = Vocabulary()
CONFIG = TrainConfig()
WEEK_MS = 7 * 24 * 3600 * 1000


def test_an_events_strength_halves_every_week() -> None:
    purchase = (Interaction(0, 2, 4), Interaction(WEEK_MS, 3, 4))

    counts = counts_of(packed(history((WEEK_MS, 1)), purchase), index_of(4), VOCABULARY, WEEK_MS)

    assert counts.tolist() == [0.0, 1.0, 2.5, 5.0, 0.0]


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6)), min_size=1, max_size=5),
                max_size=4))
def test_counts_add_up_whoever_did_it(walks: list[list[tuple[int, int]]]) -> None:
    histories = [history(*sorted(walk)) for walk in walks]

    counts = counts_of(packed(*histories), index_of(4), VOCABULARY, 5)

    known = sum(entry.item <= 4 for walk in histories for entry in walk)
    assert counts.sum() == pytest.approx(known, rel=1e-5)
    assert counts[0] == 0


def test_what_this_catalogue_does_not_know_has_no_edges() -> None:
    graph = graph_of(packed(history((1, 1), (2, 9), (3, 2))), index_of(2), VOCABULARY, CONFIG, 0.0)

    assert graph.edges(1)[0].tolist() == [2]
    assert len(graph.neighbours) == 1


def test_what_was_done_at_one_time_leads_both_ways() -> None:
    graph = graph_of(packed(history((1, 1), (2, 2), (2, 3))), index_of(3), VOCABULARY, CONFIG, 0.0)

    assert graph.edges(1)[0].tolist() == [2, 3]
    assert graph.edges(2)[0].tolist() == [3]
    assert graph.edges(3)[0].tolist() == [2]
    assert len(set(graph.edges(1)[1].tolist())) == 1


def test_nobody_is_led_to_what_was_disliked() -> None:
    disliked = VOCABULARY.by_name["dislike"].code
    walk = (*history((1, 1)), Interaction(2, 2, disliked), *history((3, 3)))

    graph = graph_of(packed(walk, walk[1:2]), index_of(3), VOCABULARY, CONFIG, 0.0)

    assert graph.edges(1)[0].tolist() == [3]
    assert graph.edges(2)[0].tolist() == []


def test_rows_beyond_the_catalogue_have_no_edges_and_no_counts() -> None:
    graph = graph_of(packed(history((1, 1), (2, 2))), index_of(2), VOCABULARY, CONFIG, 0.0)

    wide, counts = widen(graph, np.array([0, 1, 1], np.float32), 64)

    assert len(counts) == 64
    assert counts[3:].sum() == 0
    assert wide.edges(1)[0].tolist() == [2]
    assert len(wide.edges(63)[0]) == 0


def test_the_artifact_knows_every_item_by_its_id(trained: Trained) -> None:
    items = Recommender(trained.folder, onnxruntime).items

    dataset = read(trained.events, trained.catalog, VOCABULARY)
    assert [item_key(item_id) for item_id in items.ids] == items.index.keys.tolist()
    assert set(items.ids) == set(dataset.names.values())
    assert items.counts_ms == dataset.histories.until_ms


def test_a_sealed_folder_is_whole_and_holds_its_card(trained: Trained) -> None:
    version = verify(trained.folder)

    assert seal(trained.folder, trained.card) == version
    assert ModelCard.from_json((trained.folder / CARD).read_text()) == trained.card


def test_a_table_names_everything_that_was_compared(trained: Trained) -> None:
    text = describe(trained.card.metrics)

    for name in ("model", "torch", *BASELINES):
        assert f"\n{name} " in text


def test_the_time_is_in_utc_and_readable() -> None:
    assert now_text().endswith("+00:00")


def test_a_machine_without_git_does_not_know_the_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert assemble.git_revision() == "unknown"


def test_a_revision_is_one_word() -> None:
    assert len(git_revision().split()) == 1
