"""The model that serves: whole or not at all, and the one before until then."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from botocore.exceptions import ClientError

from domain import arrays
from domain.artifact import (
    CARD,
    ENCODER,
    GRAPH,
    ITEMS,
    SCORER,
    TABLE,
    ArtifactError,
)
from domain.window import Window
from functions.notary import Notary
from functions.scorer import CHECK_MS, FAILURES, Scorer, open_model, try_out
from functions.shelf import Shelf, model_key
from tests.conftest import Trained
from tests.functions.artifacts import flipped, left_on_disk, promote, variant, version_of
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, Stage

LATER_MS = NOW_MS + CHECK_MS


@pytest.fixture
def two(stage: Stage, trained: Trained, tmp_path: Path) -> tuple[str, str]:
    """Versions of two models; the first one serves."""
    first = variant(trained.folder, tmp_path / "first")
    second = variant(trained.folder, tmp_path / "second", created_at="later")
    promote(stage, tmp_path / "first", first, trained, NOW_MS)
    return first, second


def scorer(stage: Stage) -> Scorer:
    return Scorer(stage.shelf(), stage.registry())


def test_nothing_is_loaded_before_the_first_promotion(stage: Stage) -> None:
    found = scorer(stage)

    assert found.current(NOW_MS) is None
    assert found.loaded is None


def test_the_model_pointed_at_ranks(stage: Stage, two: tuple[str, str]) -> None:
    loaded = scorer(stage).current(NOW_MS)

    assert loaded is not None
    assert (loaded.version, loaded.since_ms) == (two[0], NOW_MS)
    model, one = loaded.recommender, np.ones(1, np.int64)
    base = model.base(np.zeros(len(model.index), np.float32), NOW_MS, np.zeros(0, np.int64))
    assert len(model.rank(Window(one, one, one), base, k=5).rows) == 5


def test_a_promotion_arrives_at_the_next_look(
    stage: Stage, two: tuple[str, str], trained: Trained, tmp_path: Path
) -> None:
    found = scorer(stage)
    found.current(NOW_MS)
    promote(stage, tmp_path / "second", two[1], trained, NOW_MS + 1)

    assert version_of(found, LATER_MS - 1) == two[0]
    assert version_of(found, LATER_MS) == two[1]


def test_the_pointer_is_looked_at_now_and_then(stage: Stage, two: tuple[str, str]) -> None:
    client = Faulty(stage.client("dynamodb"), {"get_item": []})
    found = Scorer(stage.shelf(), stage.registry(client))

    for since_ms in range(0, CHECK_MS, 1000):
        found.current(NOW_MS + since_ms)

    assert client.calls["get_item"] == 0  # the first call, and no other


def broken(stage: Stage, version: str, name: str) -> None:
    data = stage.shelf().get(model_key(version, name)) or b""
    stage.shelf().put(model_key(version, name), flipped(data, len(data) // 2))


@pytest.mark.parametrize("name", [ENCODER, TABLE, CARD])
def test_a_model_with_a_changed_bit_leaves_the_one_before(
    stage: Stage, two: tuple[str, str], trained: Trained, tmp_path: Path, name: str
) -> None:
    found = scorer(stage)
    found.current(NOW_MS)
    promote(stage, tmp_path / "second", two[1], trained, NOW_MS + 1)
    broken(stage, two[1], name)

    with pytest.raises(ArtifactError, match=name):
        found.current(LATER_MS)

    assert version_of(found, LATER_MS + 1) == two[0]  # and it is not fetched at every request
    with pytest.raises(ArtifactError):
        found.current(LATER_MS + CHECK_MS)


def test_a_model_that_another_key_signed_leaves_the_one_before(
    stage: Stage, two: tuple[str, str], trained: Trained, tmp_path: Path
) -> None:
    """As somebody may place it who writes to the bucket and the table, and may not sign."""
    found, kms = scorer(stage), stage.client("kms")
    found.current(NOW_MS)
    promote(stage, tmp_path / "second", two[1], trained, NOW_MS + 1)
    other = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    Shelf(stage.bucket, notary=Notary(other)).put_model(tmp_path / "second", two[1])

    with pytest.raises(ArtifactError, match="not of this deployment's key"):
        found.current(LATER_MS)

    assert version_of(found, LATER_MS + 1) == two[0]


def test_a_model_under_another_version_is_refused(
    stage: Stage, two: tuple[str, str], trained: Trained, tmp_path: Path
) -> None:
    promote(stage, tmp_path / "second", two[1], trained, NOW_MS + 1)
    stage.shelf().put_model(tmp_path / "first", two[1])

    with pytest.raises(ArtifactError, match="another version"):
        scorer(stage).current(NOW_MS)


def test_a_shelf_that_fails_leaves_the_one_before(
    stage: Stage, two: tuple[str, str], trained: Trained, tmp_path: Path
) -> None:
    found = scorer(stage)
    found.current(NOW_MS)
    promote(stage, tmp_path / "second", two[1], trained, NOW_MS + 1)
    stage.client("s3").delete_object(Bucket=stage.bucket, Key=model_key(two[1], GRAPH))

    with pytest.raises(ClientError):
        found.current(LATER_MS)

    assert found.loaded is not None
    assert found.loaded.version == two[0]


class FullDisk:
    """A shelf that breaks off in the middle of a model: there is no room for more."""

    def fetch_model(self, version: str, folder: Path, *_: object) -> Iterator[int]:
        """As `Shelf.fetch_model`, and no further."""
        yield (folder / TABLE).write_bytes(b"the first part")
        raise OSError(28, "No space left on device")


def test_nothing_of_a_model_stays_on_the_disk_whether_it_serves_or_not(
    stage: Stage, two: tuple[str, str]
) -> None:
    """Else a model that is broken for an hour fills the disk, a copy at every look."""
    before = left_on_disk()

    scorer(stage).current(NOW_MS)
    with pytest.raises(OSError, match="No space left"):
        Scorer(FullDisk(), stage.registry()).current(NOW_MS)  # type: ignore[arg-type]
    broken(stage, two[0], ENCODER)
    with pytest.raises(ArtifactError):
        scorer(stage).current(NOW_MS)

    assert left_on_disk() == before


def test_a_model_that_serves_needs_nothing_of_the_world(
    stage: Stage, two: tuple[str, str]
) -> None:
    found = scorer(stage)
    loaded = found.current(NOW_MS)
    stage.client("dynamodb").delete_table(TableName=stage.setting("models_table"))

    assert found.current(NOW_MS + 1) is loaded


@pytest.mark.parametrize(("name", "data"), [
    (ENCODER, b"no graph"), (SCORER, b""), (TABLE, b"short"), (GRAPH, b"PK\x03\x04"), (ITEMS, b""),
    (CARD, b"{}")])
def test_files_that_are_no_model_are_told(
    trained: Trained, tmp_path: Path, name: str, data: bytes
) -> None:
    variant(trained.folder, tmp_path / "broken", {name: data})

    with pytest.raises(ArtifactError):
        open_model(tmp_path / "broken")


def test_a_model_is_tried_before_it_serves(trained: Trained, tmp_path: Path) -> None:
    other = (trained.folder / SCORER).read_bytes()
    variant(trained.folder, tmp_path / "crossed", {ENCODER: other})

    try_out(trained.folder)
    with pytest.raises(ArtifactError, match="cannot be run"):
        try_out(tmp_path / "crossed")


def test_a_model_that_answers_no_numbers_is_refused(trained: Trained, tmp_path: Path) -> None:
    table = bytearray((trained.folder / TABLE).read_bytes())
    scales = trained.card.rows * trained.card.width
    table[scales:] = np.full(trained.card.rows, np.nan, np.float32).tobytes()
    variant(trained.folder, tmp_path / "silent", {TABLE: bytes(table)})

    with pytest.raises(ArtifactError, match="finite"):
        try_out(tmp_path / "silent")


def test_a_model_whose_ids_are_no_text_is_refused(trained: Trained, tmp_path: Path) -> None:
    header, parts = arrays.load((trained.folder / ITEMS).read_bytes())
    garbled = arrays.save(header, {**parts, "ids": np.full_like(parts["ids"], 0xFF)})
    variant(trained.folder, tmp_path / "garbled", {ITEMS: garbled})

    with pytest.raises(ArtifactError, match="cannot be run"):
        try_out(tmp_path / "garbled")


def test_who_has_no_model_looks_at_each_request_but_not_for_ever(
    stage: Stage, two: tuple[str, str]
) -> None:
    client = Faulty(stage.client("dynamodb"), {"get_item": range(FAILURES)})
    found = Scorer(stage.shelf(), stage.registry(client))

    for n in range(FAILURES):
        with pytest.raises(ClientError):
            found.current(NOW_MS + n)

    rested_ms = NOW_MS + FAILURES - 1 + CHECK_MS
    assert found.current(rested_ms - 1) is None
    assert version_of(found, rested_ms) == two[0]


def test_a_clock_that_is_set_back_holds_up_no_promotion(
    stage: Stage, two: tuple[str, str], trained: Trained, tmp_path: Path
) -> None:
    found = scorer(stage)
    found.current(NOW_MS + 3_600_000)
    promote(stage, tmp_path / "second", two[1], trained, NOW_MS + 1)

    assert version_of(found, NOW_MS + 2) == two[1]


def test_who_looks_anew_waits_for_no_check(
    stage: Stage, two: tuple[str, str], trained: Trained, tmp_path: Path
) -> None:
    found = scorer(stage)
    found.current(NOW_MS)
    promote(stage, tmp_path / "second", two[1], trained, NOW_MS + 1)

    found.look_anew()

    assert version_of(found, NOW_MS + 2) == two[1]
