"""What is asked of a machine that cannot do it is noted, and everything else is as it was."""

import torch
from torch.nn.functional import cross_entropy

from model.config import TrainConfig
from model.place import Place


def test_without_a_gpu_a_training_is_in_fp32_and_says_so() -> None:
    place = Place.of(TrainConfig(precision="bf16", compile=True))

    assert (place.device.type, place.numbers, place.compiles) == ("cpu", None, False)
    assert [note.partition(":")[0] for note in place.notes] == ["precision", "compile"]


def test_who_asked_for_nothing_is_told_nothing() -> None:
    assert Place.of(TrainConfig()) == Place(torch.device("cpu"))


def test_products_alone_have_fewer_bits() -> None:
    x = torch.ones(2, 2)

    with Place(torch.device("cpu"), torch.bfloat16).precision():
        assert (x @ x).dtype is torch.bfloat16
        assert cross_entropy(x @ x, torch.zeros(2, dtype=torch.int64)).dtype is torch.float32


def test_gradients_are_scaled_in_fp16_alone() -> None:
    cpu = torch.device("cpu")

    scaled = {numbers: Place(cpu, numbers).scaler().is_enabled()
              for numbers in (None, torch.bfloat16, torch.float16)}

    assert scaled == {None: False, torch.bfloat16: False, torch.float16: True}
