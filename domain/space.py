"""Where hyperparameters are looked for, by whoever looks, and what tells how good a trial was."""

OBJECTIVE = "validation ndcg@10"  # higher is better; the last one said of a trial is its own
SAID = OBJECTIVE + r" ([0-9.]+)"  # how it is found among what a trial prints

# Name -> least and most, evenly tried by their logarithm; or what it may be.
RANGES = {"learning_rate": (5e-4, 1e-2), "temperature": (0.03, 0.15), "weight_decay": (1e-6, 1e-2)}
CHOICES: dict[str, tuple[float, ...]] = {
    "width": (32, 64, 128), "blocks": (1, 2, 3), "window": (20, 50, 100),
    "dropout": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5), "id_dropout": (0.0, 0.1, 0.2, 0.3),
    "batch_size": (32, 64, 128, 256), "graph_reach": (3, 5, 10, 20),
}


def said(score: float) -> str:
    """A line that `SAID` finds."""
    return f"{OBJECTIVE} {score:.6f}"
