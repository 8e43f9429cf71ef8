"""A board's pages over HTTP, on this machine only."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ...errors import RequestError

SITE = ("/index.html", "/pages/")
"""What is served: the pages, and nothing else of the board's folder."""


class _Pages(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: nobody is tracked."""

    def send_head(self) -> Any:
        # As the library reads it, dots undone: nothing of the board but its pages is anyone's.
        path = posixpath.normpath(unquote(self.path.split("?", 1)[0].split("#", 1)[0]))
        if path == "/":
            self.path = path = "/index.html"
        try:
            if path.startswith(SITE) and not Path(self.translate_path(path)).is_dir():
                return super().send_head()
        except (ValueError, OSError):
            pass  # a name that no file can have: a null byte, half a letter, too many of them
        self.send_error(404)
        return None

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of a site, listening on 127.0.0.1.

    Raises
    ------
    RequestError
        Where the port is taken, or is none.
    """
    if not 0 <= port < 65536:
        raise RequestError(f"port is {port}: expected 0 to 65,535")
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Pages, directory=str(folder)))
    except OSError as error:
        raise RequestError(
            f"port {port} cannot be opened: {error.strerror}; expected one that is free"
        ) from None


def serve(folder: Path, port: int, build: Callable[[], object], say: Callable[[str], None]) -> None:
    """Build a site and serve it until interrupted; a port that cannot be opened is refused before."""
    with server(folder, port) as found:
        build()
        say(f"the board is at http://127.0.0.1:{found.server_port}/ (Ctrl-C ends)")
        found.serve_forever()
