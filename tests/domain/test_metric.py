"""Names of metrics: each its own, spelled as CloudWatch shows them."""

from domain import metric
from domain.defence import REASONS


def test_every_metric_has_a_name_of_its_own() -> None:
    names = [value for name, value in vars(metric).items() if name.isupper()]
    names += map(metric.held, REASONS)

    assert names
    assert len(set(names)) == len(names)
    assert all(name.isalpha() and name[0].isupper() for name in names)
