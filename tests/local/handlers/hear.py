"""Event -> its detail's name and status."""

from typing import Any


def handler(event: dict[str, Any], _: Any) -> list[str]:
    """What was heard."""
    return [event["detail"]["TrainingJobName"], event["detail"]["TrainingJobStatus"]]
