"""An operator learns before a first training whether there is a machine for it."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.settings import StartTraining
from recovery.quotas import QuotaError, look
from recovery.report import Report
from tests.functions.stage import Stage

G5, G5_SPOT = (f"ml.g5.xlarge for {kind}training job usage" for kind in ("", "spot "))
M5 = "ml.m5.large for training job usage"


class Quotas:
    """Service Quotas of an account, a page for each."""

    def __init__(self, **quotas: Any) -> None:
        self._quotas = quotas

    def get_paginator(self, name: str) -> "Quotas":
        """As boto3's."""
        assert name == "list_service_quotas"
        return self

    def paginate(self, ServiceCode: str) -> Iterator[dict[str, Any]]:
        """As its paginator's."""
        assert ServiceCode == "sagemaker"
        yield from ({"Quotas": [{"QuotaName": name, "Value": value}]}
                    for name, value in self._quotas.items())


@pytest.fixture
def told(stage: Stage) -> StartTraining:
    found = StartTraining.from_env(stage.cloud.by_verb["start_training"].environment)
    return StartTraining(**vars(found) | {"instance_types": "ml.g5.xlarge,ml.m5.large",
                                          "spot": "true"})


def test_each_machine_is_counted_at_both_prices(told: StartTraining) -> None:
    look(told, report := Report(), Quotas(**{G5_SPOT: 0.0, M5: 4.0, "ml.p5 for training": 9.0}))

    assert report.counts == {G5_SPOT: 0, G5: 0, M5: 4,
                             "ml.m5.large for spot training job usage": 0}


def test_where_none_may_be_had_it_says_what_to_ask_for(told: StartTraining) -> None:
    with pytest.raises(QuotaError, match=f"ask in Service Quotas, .*{G5_SPOT}; {G5}; .*{M5}"):
        look(told, Report(), Quotas(**{G5: 0.0}))
