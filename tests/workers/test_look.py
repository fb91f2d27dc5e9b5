"""Looking at the public address: it is known again by its page's mark, and nobody waits."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from workers.look import Looks


class Server(http.server.ThreadingHTTPServer):
    body = b""
    status = 200
    asked = 0


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.asked += 1
        self.send_response(server.status)
        self.end_headers()
        self.wfile.write(server.body)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/h/vatten/"


def page(mark: str) -> bytes:
    """As a proxy may have changed it on the way."""
    return f'<html><meta name="page" content="{mark}"><script>added</script></html>'.encode()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def look(looks: Looks, where: str, mark: str) -> bool:
    """Ask, wait for the look that is under way, and ask again."""
    if looks.sees(where, mark):
        return True
    until(lambda: not looks.under_way)
    return looks.sees(where, mark)


def test_the_page_is_seen_by_its_mark_whatever_was_added_to_it(server: Server) -> None:
    server.body = page("abc123")
    looks = Looks()
    assert look(looks, address(server), "abc123")
    assert looks.sees(address(server), "abc123")
    assert server.asked == 1


def test_an_older_page_is_not_taken_for_the_new_one_and_is_looked_at_again(
    server: Server,
) -> None:
    server.body = page("abc123")
    looks = Looks()
    assert not look(looks, address(server), "def456")
    server.body = page("def456")
    until(lambda: looks.sees(address(server), "def456"))


def test_an_error_page_is_not_the_page(server: Server) -> None:
    server.body, server.status = page("abc123"), 502
    assert not look(Looks(), address(server), "abc123")


def test_where_nobody_answers_nothing_is_seen_and_nobody_waits() -> None:
    looks, begun = Looks(), time.monotonic()
    assert not looks.sees("http://127.0.0.1:9/", "abc123")
    assert time.monotonic() - begun < 0.5
    until(lambda: not looks.under_way)
