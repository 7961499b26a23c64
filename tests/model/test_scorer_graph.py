"""A table that is scored in parts answers as one that is scored whole."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.artifact import TABLE, TABLE_BLOCK
from domain.blend import Bias
from domain.runtime import ExactSearch, session
from model.scorer_graph import cut, scorer

WIDTH, ROWS = 32, 5 * TABLE_BLOCK
TWO_BLOCKS = 2 * TABLE_BLOCK * WIDTH  # bytes: of five blocks parts of 2, 2 and 1


def opened(folder: Path, part_bytes: int) -> ExactSearch:
    """A table that was made up, in parts of at most so many bytes."""
    folder.mkdir()
    chance = np.random.default_rng(7)
    with (folder / TABLE).open("wb") as file:
        chance.integers(1, 256, (ROWS, WIDTH)).astype(np.uint8).tofile(file)
        chance.uniform(0.5, 1, ROWS).astype(np.float32).tofile(file)
    onnx.save(scorer(ROWS, WIDTH, part_bytes), folder / "scorer.onnx")
    return ExactSearch(session(onnxruntime, folder / "scorer.onnx"))


@pytest.fixture(scope="module")
def searches(tmp_path_factory: pytest.TempPathFactory) -> tuple[ExactSearch, ...]:
    """Of one part, of several, and of one for each block."""
    folder = tmp_path_factory.mktemp("scorers")
    return tuple(opened(folder / str(n), n) for n in (ROWS * WIDTH, TWO_BLOCKS, 1))


@pytest.mark.parametrize("k", [1, 10, 4 * TABLE_BLOCK, ROWS])
def test_the_best_of_the_parts_are_the_best_of_the_whole(
    searches: tuple[ExactSearch, ...], k: int
) -> None:
    chance = np.random.default_rng(k)
    user = chance.normal(size=WIDTH).astype(np.float32)
    bias = Bias(chance.normal(0, 300, ROWS).astype(np.float32), np.array([3, 200]),
                np.array([50, 900], np.float32))

    whole, *cut_up = (search.score(user, bias, k) for search in searches)

    assert len(whole[1]) == k
    for scores, rows in cut_up:
        assert rows.tolist() == whole[1].tolist()
        np.testing.assert_array_equal(scores, whole[0])


def test_a_table_of_one_part_is_asked_as_ever() -> None:
    graphs = (scorer(ROWS, WIDTH).graph, scorer(ROWS, WIDTH, TWO_BLOCKS).graph)

    names = [[one.name for one in graph.input] for graph in graphs]

    assert names == [["user", "k", "bias"], ["user", "k", "bias", "bias_1", "bias_2"]]


@given(st.integers(1, 50), st.integers(1, 300), st.integers(1, 10**6))
def test_parts_are_of_whole_blocks_and_leave_no_row_out(
    blocks: int, width: int, part_bytes: int
) -> None:
    parts = list(cut(blocks * TABLE_BLOCK, width, part_bytes))

    assert [part.number for part in parts] == list(range(len(parts)))
    assert [row for part in parts for row in (part.first, part.first + part.rows)] == [
        0, *np.repeat(np.cumsum([part.rows for part in parts]), 2)[:-1]]
    assert sum(part.rows for part in parts) == blocks * TABLE_BLOCK
    assert all(part.rows % TABLE_BLOCK == 0 for part in parts)
    assert all(part.rows * width <= max(part_bytes, TABLE_BLOCK * width) for part in parts)
