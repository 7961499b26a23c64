"""The memory of `recommend` is what is enough, quick, and costs least."""

from dataclasses import replace

import pytest

from bench.memory_curve import Life, cheapest, curve, middle
from infra.deployment import Deployment
from infra.limits import VCPU_MB

SMALL = Life(items=10_000, letters=0, peak_mb=122, start_cpu_ms=420, p50_cpu_ms=3.0, p99_cpu_ms=5.0,
             slowest_cpu_ms=50)


def test_less_memory_costs_less_as_only_what_is_waited_for_is_no_slower() -> None:
    assert SMALL.usd(512) < SMALL.usd(VCPU_MB) < SMALL.usd(3008)
    assert SMALL.ms(3.0, VCPU_MB) == SMALL.ms(3.0, 3008) == 8.0
    assert SMALL.ms(3.0, VCPU_MB // 2) == pytest.approx(11.0, rel=0.01)


def test_what_may_not_be_set_is_not_chosen() -> None:
    assert cheapest(replace(SMALL, peak_mb=10)) == 512


@pytest.mark.parametrize(("peak_mb", "chosen_mb"), [(409, 512), (410, 768), (1500, 2048)])
def test_memory_is_enough_with_some_to_spare(peak_mb: int, chosen_mb: int) -> None:
    assert cheapest(replace(SMALL, peak_mb=peak_mb)) == chosen_mb


def test_a_list_that_takes_too_long_gets_more_memory() -> None:
    slow = replace(SMALL, slowest_cpu_ms=100)

    assert cheapest(slow) == 768
    assert slow.ms(100, 512) > Deployment.latency_alarm_ms >= slow.ms(100, 768)


def test_what_no_memory_makes_quick_gets_one_cpu() -> None:
    assert cheapest(replace(SMALL, slowest_cpu_ms=5_000)) == VCPU_MB


def test_of_several_lives_it_is_the_usual_time_and_the_most_memory() -> None:
    lives = [replace(SMALL, peak_mb=peak_mb, slowest_cpu_ms=ms)
             for peak_mb, ms in ((122, 50), (130, 86), (121, 49))]

    assert middle(lives) == replace(SMALL, peak_mb=130)


def test_the_curve_marks_what_is_chosen_and_leaves_out_what_is_too_little() -> None:
    large = replace(SMALL, items=1_000_000, letters=50, peak_mb=849, slowest_cpu_ms=621)

    lines = curve([SMALL, large]).splitlines()

    assert lines[0] == ("| MB | 10,000 items, 122 MB at most "
                        "| 1,000,000 items of 50 letters, 849 MB at most |")
    assert "| 256 | - | - |" in lines
    assert sum("**" in line for line in lines) == 2
    assert next(line for line in lines if line.startswith("| 512 ")).endswith("| - |")
