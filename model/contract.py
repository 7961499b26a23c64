"""What SageMaker and a training program agree on: folders, hyperparameters, a failure file.

source: AWS, "How Amazon SageMaker AI Provides Training Information".
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from domain.layout import TENSORBOARD

SAGEMAKERS = ("sagemaker_", "_")  # hyperparameters of its own
HERE = "local"  # no machine of AWS's, or one that is not told
FAILURE_BYTES = 1024  # SageMaker shows so much of the file as FailureReason


@dataclass(frozen=True, slots=True)
class Job:
    """The folders of one training job; `root` is /opt/ml in a container."""

    root: Path

    def hyperparameters(self) -> dict[str, str]:
        """What the job was created with; every value is a string.

        Without what SageMaker adds in a tuning. source: SageMaker Training Toolkit, script mode.
        """
        path = self.root / "input/config/hyperparameters.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return {name: str(value) for name, value in found.items()
                if not name.startswith(SAGEMAKERS)}

    @property
    def instance(self) -> str:
        """The type of the machine, as SageMaker tells it."""
        path = self.root / "input/config/resourceconfig.json"
        told: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return str(told.get("current_instance_type", HERE))

    def channel(self, name: str) -> Path | None:
        """The folder of an input channel, None when the job has none or it is empty."""
        folder = self.root / "input/data" / name
        return folder if folder.is_dir() and any(folder.iterdir()) else None

    @property
    def model(self) -> Path:
        """What lies here when the program ends becomes model.tar.gz."""
        return self.root / "model"

    @property
    def checkpoints(self) -> Path:
        """Kept across spot interruptions."""
        return self.root / "checkpoints"

    @property
    def logs(self) -> Path:
        """What is written here goes to TensorBoardOutputConfig's place while the program runs."""
        return self.root / TENSORBOARD

    @property
    def name(self) -> str:
        """As whoever created the job called it."""
        return os.environ.get("TRAINING_JOB_NAME", self.root.name)

    def fail(self, reason: str) -> None:
        """Leave the reason where SageMaker looks for it; of several processes the first one's."""
        path = self.root / "output/failure"
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Paths may hold bytes that are no text; a cut leaves no half character.
        cut = reason.encode(errors="replace")[:FAILURE_BYTES].decode(errors="ignore")
        path.write_text(cut, encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        """An error that ends the job is its reason."""
        if kind is not None:
            self.fail(f"{kind.__name__}: {error}")
