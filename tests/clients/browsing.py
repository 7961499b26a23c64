"""A shop whose pages embed the browser module, and tabs that visit it."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
MODULE = HERE.parents[1] / "clients/js/headwater.min.js"
CHROMIUM = os.environ.get("CHROMIUM") or str(HERE / ".browser/chromium")
LIBRARIES = HERE / ".browser/al2023/lib"  # of the browser that `make` installed
WAIT_MS = 10_000

PAGE = """<!doctype html><title>shop</title><script type="module">
import {{ connect }} from "/headwater.min.js";
window.news = [];
const tell = (news) => window.news.push(news);
window.client = connect({{ ...{options}, onDrop: tell, onTrouble: tell }});
</script>"""


class Shop:
    """options: with which its pages connect. A page called /plain does not know the module."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.options: dict[str, Any] = {}

    def body(self, path: str) -> tuple[str, bytes]:
        if path.endswith(".js"):
            return "text/javascript", MODULE.read_bytes()
        page = "" if path == "/plain" else PAGE.format(options=json.dumps(self.options))
        return "text/html", page.encode()

    def visit(self, page: Page, path: str = "/") -> Page:
        """Open a page and wait for its client."""
        page.goto(self.url + path)
        page.wait_for_function("window.client", timeout=WAIT_MS)
        return page


@contextmanager
def opened_shop() -> Iterator[Shop]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, body = shop.body(self.path)
            self.send_response_only(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", "*")  # for a page in a sandbox
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    shop = Shop(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="shop")
    thread.start()
    yield shop
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def launched(**options: Any) -> Iterator[Browser]:
    """The browser that `make` installed, or the one of CHROMIUM; root has no sandbox."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"],
            env={**os.environ, "LD_LIBRARY_PATH": str(LIBRARIES)},
            ignore_default_args=["--disable-back-forward-cache"], **options)
        yield browser
        browser.close()


def track(page: Page, *items: str, type_: str = "click") -> None:
    """As the page would."""
    page.evaluate("([type, items]) => { for (const item of items) client.track(type, item) }",
                  [type_, list(items)])


def until(page: Page, reached: Callable[[], bool]) -> None:
    """Wait, while the browser goes on."""
    for _ in range(WAIT_MS // 20):
        if reached():
            return
        page.wait_for_timeout(20)
    raise AssertionError("it did not come to that")
