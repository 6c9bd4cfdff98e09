"""Who may call: the bearer of the token (RFC 6750)."""

import hmac
from collections.abc import Callable, Collection

from flask import request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from ivr.settings import Settings


def guard(settings: Settings, free: Collection[str]) -> Callable[[], None]:
    """What refuses a request without the token (Unauthorized); ``free`` are endpoints open to everybody."""
    token = settings.api_token.get_secret_value().encode()

    def check() -> None:
        if request.endpoint in free:
            return
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        # The whole of both is compared, so that the time it takes tells nothing of how much is right.
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token):
            raise Unauthorized("a valid token is needed", www_authenticate=WWWAuthenticate("bearer"))

    return check
