"""The catalogue's categories and tags -> the labels that the item tower reads."""

from collections import Counter

import numpy as np
import torch
from torch import Tensor

from domain.row import RowIndex
from model.dataset import Dataset

MAX_LABELS = 16  # per item; most of one item's say the same thing
MAX_VOCABULARY = 20_000  # most frequent labels kept


def labels(dataset: Dataset, index: RowIndex) -> tuple[Tensor, int]:
    """(N, L) int64 labels of each row, 0 = none, and how many labels there are with the 0."""
    texts = {int(key): _texts(dataset.catalog.get(int(key)) or {}) for key in index.keys}
    counts = Counter(text for found in texts.values() for text in found)
    frequent = sorted(counts, key=lambda text: (-counts[text], text))[:MAX_VOCABULARY]
    numbers = {text: number for number, text in enumerate(frequent, start=1)}
    longest = max((len(found) for found in texts.values()), default=0)
    content = np.zeros((len(index) + 1, max(1, min(longest, MAX_LABELS))), np.int64)
    for row, key in enumerate(index.keys, start=1):
        known = [numbers[text] for text in texts[int(key)] if text in numbers][:MAX_LABELS]
        content[row, :len(known)] = known
    return torch.from_numpy(content), len(numbers) + 1


def _texts(facts: dict[str, list[str]]) -> list[str]:
    """Categories and tags apart, since one word may be both."""
    return [f"{kind}:{text}" for kind in ("categories", "tags") for text in facts.get(kind, ())]
