import pytest

from local.bill.duration import billed_ms, gb_s


@pytest.mark.parametrize(("memory_mb", "ms"), [(1769, 10.0), (3538, 10.0), (884.5, 20.0)])
def test_less_memory_than_a_cores_stretches_and_more_does_not_shorten(
    memory_mb: int, ms: float
) -> None:
    assert billed_ms({"cpu_ms": 10.0}, memory_mb) == pytest.approx(ms)


def test_waiting_takes_as_long_whatever_the_memory() -> None:
    waiting = {"dynamodb": 2, "kinesis": 1, "s3": 1}

    assert billed_ms(waiting, 128) == billed_ms(waiting, 10_240) == 2 * 5 + 10 + 100


def test_half_a_gigabyte_for_a_second_is_half_a_gigabyte_second() -> None:
    assert gb_s({"s3": 10}, 512) == pytest.approx(0.5)
