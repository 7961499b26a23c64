from collections.abc import Iterator

import pytest

from local.cloud import Cloud
from tests.clients.faulty import Api, FaultyServer, forward_to, serving


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def server(api: Api) -> Iterator[FaultyServer]:
    """Fails as it is told to; behind it is what `api` keeps."""
    with serving(api) as made:
        yield made


@pytest.fixture
def before_cloud(cloud: Cloud) -> Iterator[FaultyServer]:
    """The same before the local cloud."""
    with serving(forward_to(cloud.url)) as made:
        yield made
