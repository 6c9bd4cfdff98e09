"""What every answer of ours tells a browser. Pages say more themselves; nothing else is shown as a page."""

from flask import Flask, Response, request

#: Seconds that a browser comes by TLS only, once it has: a year (RFC 6797).
_BY_TLS = 31_536_000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


def protect(app: Flask, public_url: str) -> None:
    """Send them with every answer of ``app`` that says nothing of its own; by TLS, if we are reached by it.

    A redirection within ``app`` names no host: the one that the browser claims to have asked is not believed.
    """
    headers = dict(_HEADERS)
    if public_url.startswith("https:"):
        headers["Strict-Transport-Security"] = f"max-age={_BY_TLS}"

    def tell(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if response.location and response.location.startswith(request.host_url):
            response.location = response.location.removeprefix(request.host_url.rstrip("/"))
            response.set_data(b"")
        return response

    app.after_request(tell)
