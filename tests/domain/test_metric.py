"""Names of metrics: each its own, spelled as CloudWatch shows them."""

from domain import metric
from domain.defence import REASONS


def own_names() -> list[str]:
    return [value for name, value in vars(metric).items()
            if name.isupper() and isinstance(value, str)]


def test_every_metric_has_a_name_of_its_own() -> None:
    names = own_names()
    names += map(metric.held, REASONS)

    assert names
    assert len(set(names)) == len(names)
    assert all(name.isalpha() and name[0].isupper() for name in names)


def test_what_is_rare_is_a_metric() -> None:
    assert set(own_names()) | set(map(metric.held, REASONS)) >= metric.RARE
