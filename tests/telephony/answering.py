"""A small HTTP server on a free port of the loopback, for a test to answer as it likes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 -- werkzeug's own name
        """Say nothing."""


@contextmanager
def answering(answer: Callable[[Request], Response]) -> Iterator[str]:
    """The address of a server that gives every request to ``answer``, each in a thread of its own."""

    def serve(environ: dict[str, Any], start_response: Any) -> Any:
        return answer(Request(environ))(environ, start_response)

    server = make_server("127.0.0.1", 0, serve, threaded=True, request_handler=_QuietHandler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
