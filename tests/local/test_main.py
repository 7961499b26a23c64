import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.__main__ import greeting
from local.cloud import Cloud
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


def test_the_deployment_of_this_repository_starts_and_stops(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "local", "--port", "0", "--data", str(tmp_path)], cwd=ROOT,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                process.send_signal(signal.SIGINT)
                break
        rest, problems = process.communicate()

    assert re.search("Stopped; the state is in", rest)
    assert problems == ""
    assert process.returncode == 0
