import pytest

from rehearsal.grants.unseen import UNSEEN, reason


@pytest.mark.parametrize(("holder", "action"), UNSEEN)
def test_what_has_a_reason_is_given(
    given: dict[str, set[str]], holder: str, action: str
) -> None:
    assert [name for name, actions in given.items()
            if name.startswith(holder) and (not action or action in actions)] != []


def test_a_reason_holds_for_those_whose_name_begins_so() -> None:
    assert "execution roles" in reason("TrainingRole", "logs:PutLogEvents")
    assert reason("ServingRecommendRole", "logs:PutLogEvents") == ""
    assert reason("TrainingRole", "s3:GetObject") == ""
