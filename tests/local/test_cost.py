import argparse
import re
import subprocess
import sys

import pytest

from local.bill.estimate import Volume, estimate
from local.bill.lines import sum_of
from local.bill.terms import Terms
from local.cost import amount, per_call, report
from local.template import ROOT


@pytest.mark.parametrize(("text", "number"), [
    ("250", 250), ("250k", 250e3), ("100M", 100e6), ("2.5B", 2.5e9), ("1,000", 1000)])
def test_amounts_are_written_short(text: str, number: float) -> None:
    assert amount(text) == number


@pytest.mark.parametrize("text", ["", "M", "-1", "1x", "1e6", "many"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no amount"):
        amount(text)


@pytest.mark.parametrize("text", ["0", "26", "1k"])
def test_a_call_takes_no_more_events_than_the_api_does(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="1 to 25"):
        per_call(text)


def test_every_line_is_printed_and_the_last_is_their_sum() -> None:
    terms = Terms.of_profile("dev")
    volume = Volume(100e6, 10, 100e6)

    text = report(volume, terms, "dev")

    rows = [line.split(" | ")[-1].strip("|* ") for line in text.splitlines()
            if line.startswith("| ")][2:]
    usd = [float(row.replace(",", "")) for row in rows]
    assert sum(usd[:-1]) == pytest.approx(usd[-1], abs=0.01 * len(usd))
    assert usd[-1] == pytest.approx(
        sum_of(estimate(volume, terms)) + sum(terms.idle.values()), abs=0.01)


def test_more_than_a_shard_takes_is_said_and_paid() -> None:
    text = report(Volume(10e9), Terms.of_profile(), "the defaults")

    (needed,) = re.findall(r"(\d+) shards at the peak", text)
    assert int(needed) > 1
    assert f"| the deployment | more shards | {int(needed) - 1} |" in text


def python_m_local(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "local", *arguments], cwd=ROOT, text=True,
                          capture_output=True, check=False)


def test_the_verb_prints_a_month_and_how_it_was_counted() -> None:
    ran = python_m_local("cost", "--events", "100M", "--recs", "100M", "--profile", "cheap")

    assert ran.returncode == 0, ran.stderr
    assert "A month of cheap: 100,000,000 events, 10 a call, and 100,000,000 lists" in ran.stdout
    assert "python -m bench.metering" in ran.stdout


def test_a_wrong_word_is_named() -> None:
    ran = python_m_local("cost", "--events", "lots")

    assert ran.returncode == 2
    assert "'lots' is no amount" in ran.stderr


def test_help_lists_the_verbs() -> None:
    ran = python_m_local("--help")

    assert re.search(r"\n +start +\S", ran.stdout)
    assert re.search(r"\n +cost +\S", ran.stdout)
