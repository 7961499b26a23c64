"""What programs read."""

import json

from model.report.card import Report
from tests.model.report.scene import group, report_of, study


def test_programs_read_every_number_with_its_interval() -> None:
    made: Report = report_of(study(groups=(group("category", "war"),)))

    found = json.loads(made.to_json())

    assert found["version"] == 1
    (one,) = found["studies"]
    assert one["accuracy"]["model"]["ndcg@10"] == {"value": 0.25, "low": 0.125, "high": 0.5}
    assert one["groups"][0]["rows"][0]["label"] == "war"
    assert one["duels"][0]["p_value"] == 0.01
    assert found["epoch_log"][1] == [2.0, 6.5, 0.3]
