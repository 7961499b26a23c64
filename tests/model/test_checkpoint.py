"""A checkpoint is whole and of this training, or it is named."""

from pathlib import Path

import pytest
import torch

from model.checkpoint import CHECKPOINT, CheckpointError, Checkpoints, digest

MADE_OF = {"config": {"epochs": 3}, "data": "abc"}
SAVED = {"made_of": MADE_OF, "state": {"epoch": 1}, "network": {"w": torch.arange(9000.0)}}


def kept(folder: Path) -> Checkpoints:
    found = Checkpoints(folder / "new")
    found.save(SAVED)
    return found


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    found = kept(tmp_path).load(MADE_OF)

    assert found is not None
    assert found["state"] == {"epoch": 1}
    assert torch.equal(found["network"]["w"], torch.arange(9000.0))


def test_without_a_folder_nothing_is_kept_and_nothing_due() -> None:
    nowhere = Checkpoints(None, every_s=0)
    nowhere.save(SAVED)

    assert nowhere.load(MADE_OF) is None
    assert not nowhere.due()


def test_another_one_is_due_after_a_while(tmp_path: Path) -> None:
    assert not kept(tmp_path).due()
    assert Checkpoints(tmp_path, every_s=0).due()


def test_a_digest_tells_numbers_and_shapes_apart() -> None:
    numbers = torch.arange(6)

    digests = {digest(parts) for parts in (
        [numbers], [numbers + 1], [numbers.reshape(2, 3)], [numbers.int()], [numbers, numbers])}

    assert len(digests) == 5
    assert digest([numbers]) in digests


@pytest.mark.parametrize("damage", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, damage: bytes | None) -> None:
    checkpoints = kept(tmp_path)
    path = tmp_path / "new" / CHECKPOINT
    path.write_bytes(path.read_bytes()[:5000] if damage is None else damage)

    with pytest.raises(CheckpointError, match=CHECKPOINT):
        checkpoints.load(MADE_OF)


def test_a_checkpoint_of_another_version_is_named(tmp_path: Path) -> None:
    torch.save({"state": {}}, tmp_path / CHECKPOINT)

    with pytest.raises(CheckpointError, match="another version"):
        Checkpoints(tmp_path).load(MADE_OF)


class Code:
    """What does something when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self._path,)


def test_a_checkpoint_that_holds_code_is_not_run(tmp_path: Path) -> None:
    torch.save({"state": Code(tmp_path / "ran")}, tmp_path / CHECKPOINT)

    with pytest.raises(CheckpointError, match=CHECKPOINT):
        Checkpoints(tmp_path).load(MADE_OF)

    assert not (tmp_path / "ran").exists()
