import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud
from local.start import greeting
from local.template import ROOT
from tests.local import stage


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with Cloud(tmp_path, template=stage.template(), live=False) as made:
        yield made


def test_the_greeting_tells_url_key_and_three_calls(cloud: Cloud) -> None:
    text = greeting(cloud)

    assert cloud.url in text
    assert cloud.api_key in text
    assert text.count("curl ") == 3
    assert "--aws-sigv4" in text


def start(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run `python -m local` until it has greeted, interrupt it; its status and what it said."""
    said = ""
    with subprocess.Popen(
        [sys.executable, "-m", "local", "--port", "0", "--data", str(folder), *arguments],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                process.send_signal(signal.SIGINT)
                break
        rest, problems = process.communicate()
    return process.returncode, said + rest, problems


def test_the_deployment_of_this_repository_starts_and_stops(tmp_path: Path) -> None:
    status, said, problems = start(tmp_path)

    assert "Stopped; the state is in" in said
    assert (status, problems) == (0, "")


def test_state_of_another_template_is_refused_until_it_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"template":"another"}\n')

    refused = start(tmp_path)
    fresh = start(tmp_path, "--fresh")

    assert refused[0] == 1
    assert "--fresh" in refused[2]
    assert fresh[0] == 0
