"""They are read with all others: tests/functions/test_settings.py reads each of them back."""

from functions.settings import BY_VERB
from functions.training_settings import MeasureModels, PromoteModel, StartTraining


def test_they_are_found_by_their_verbs() -> None:
    assert [BY_VERB[verb] for verb in ("start_training", "promote_model", "measure_models")] == [
        StartTraining, PromoteModel, MeasureModels]
