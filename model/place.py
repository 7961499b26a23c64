"""Where a training runs: on which device, in which precision, with which kernels."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn

from model.config import TrainConfig

NUMBERS = {"bf16": torch.bfloat16, "fp16": torch.float16}
Forward = Callable[..., Tensor]


@dataclass(frozen=True, slots=True)
class Place:
    """A device, and what is made use of there.

    numbers: of products; None = float32.   notes: what was asked for and cannot be had here.
    """

    device: torch.device
    numbers: torch.dtype | None = None
    compiles: bool = False
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: TrainConfig, local_rank: int = 0) -> Self:
        """The GPU of this process, or the processor of a machine that has none."""
        numbers = NUMBERS.get(config.precision)
        if not torch.cuda.is_available():
            asked = {"precision": numbers, "compile": config.compile}
            return cls(torch.device("cpu"), notes=tuple(
                f"{name}: this machine has no GPU, it was trained in fp32 with kernels as they are"
                for name, given in asked.items() if given))
        notes: tuple[str, ...] = ()
        # An NVIDIA T4 (ml.g4dn) has no such products and would play them, slower than fp32.
        if numbers is torch.bfloat16 and not torch.cuda.is_bf16_supported(False):
            numbers, notes = None, ("precision: this GPU has no bf16, it was trained in fp32",)
        return cls(torch.device("cuda", local_rank), numbers, config.compile, notes)

    def precision(self) -> AbstractContextManager[Any]:
        """Within it products are of `numbers`; the loss stays float32."""
        if self.numbers is None:
            return nullcontext()
        return torch.autocast(self.device.type, self.numbers)

    def scaler(self) -> torch.amp.GradScaler:
        """Keeps small gradients from vanishing in fp16; of other numbers it does nothing."""
        return torch.amp.GradScaler(self.device.type, enabled=self.numbers is torch.float16)

    def forward_of(self, network: nn.Module, backend: str = "inductor") -> Forward:
        """The network's forward pass; one graph for windows of every length, where it compiles."""
        if not self.compiles:
            return network
        compiled: Forward = torch.compile(network, fullgraph=True, dynamic=True, backend=backend)
        return compiled
