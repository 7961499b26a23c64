"""Send what people do to a Headwater deployment, and ask it for lists.

`Client` sends from a thread, `AsyncClient` from a task; both batch, retry and count alike.
"""

from .answer import Answer, ApiError
from .async_client import AsyncClient
from .client import Client
from .entry import Counts, Drop, Entry
from .tracker import About, Options

__all__ = ["About", "Answer", "ApiError", "AsyncClient", "Client", "Counts", "Drop", "Entry",
           "Options"]
