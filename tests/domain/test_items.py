"""The items of an artifact: what is stored of them, and what is left of their counts."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arrays import ArraysError, save
from domain.artifact import ITEMS
from domain.decay import HALF_LIVES_MS
from domain.ids import Ids
from domain.items import POPULARITY_HALF_LIFE, Items
from domain.row import RowIndex
from tests.domain.strategies import NOW_MS


@given(ids=st.lists(st.text(min_size=1, max_size=9), max_size=9, unique=True))
def test_the_items_of_an_artifact_survive_their_file(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str]
) -> None:
    keys = np.arange(len(ids), dtype=np.uint64) + np.uint64(2**63)
    counts = np.arange(len(ids) + 1, dtype=np.float32)
    path = tmp_path_factory.getbasetemp() / ITEMS
    path.write_bytes(Items(RowIndex(keys), counts, NOW_MS, Ids.of(ids)).to_bytes())

    read = Items.at(path)

    assert tuple(read.ids) == tuple(ids)
    assert (read.index.keys.tolist(), read.counts.tolist()) == (keys.tolist(), counts.tolist())
    assert read.counts_ms == NOW_MS


def test_a_file_that_holds_no_items_is_refused(tmp_path: Path) -> None:
    (tmp_path / ITEMS).write_bytes(save({}, {}))

    with pytest.raises(ArraysError):
        Items.at(tmp_path / ITEMS)


def test_of_counts_half_is_left_after_a_half_life_and_all_before_they_were_counted() -> None:
    items = Items(RowIndex(np.zeros(0, np.uint64)), np.zeros(1, np.float32), NOW_MS, Ids.of(()))

    later_ms = NOW_MS + HALF_LIVES_MS[POPULARITY_HALF_LIFE]

    assert items.fading(later_ms) == pytest.approx(0.5)
    assert items.fading(NOW_MS - 1) == 1
