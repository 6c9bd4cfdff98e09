"""Who is speaking to us: only the carrier, who signs each request (Twilio: webhooks security)."""

from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from twilio.request_validator import RequestValidator

HEADER = "X-Twilio-Signature"
#: The addresses of the carrier, and of nobody else.
PREFIXES = ("/voice/", "/messages/")


class Signatures:
    """Checks the carrier's signature over the public address, as it was configured, and the form."""

    def __init__(self, auth_token: str, public_url: str) -> None:
        self._validator = RequestValidator(auth_token)
        self._public_url = public_url

    def guard(self, app: Flask) -> None:
        """Refuse whatever the carrier did not sign below `PREFIXES`, before it is known what is there."""

        def only_the_carrier() -> Response | None:
            if not request.path.startswith(PREFIXES) or self.genuine(request):
                return None
            return Response("wrong signature", status=403)

        app.before_request(only_the_carrier)

    def genuine(self, request: Request) -> bool:
        """Whether the carrier sent this. Forwarded headers are never believed, only our own setting."""
        signature = request.headers.get(HEADER, "")
        if not signature:
            return False
        params = request.form if request.method == "POST" else {}
        return bool(self._validator.validate(self._public_url + _target(request), params, signature))


def _target(request: Request) -> str:
    """Path and query as they were sent, not as they were decoded."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    if not raw:
        query = request.query_string.decode("ascii", "replace")
        return request.path + (f"?{query}" if query else "")
    if raw.startswith("/"):
        return str(raw)
    parts = urlsplit(raw)
    return parts.path + (f"?{parts.query}" if parts.query else "")
