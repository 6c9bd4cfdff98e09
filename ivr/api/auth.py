"""Who may call: the bearer of a token (RFC 6750), as often as the operator allows, within its scopes."""

import hmac
from collections.abc import Callable, Collection

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from ivr.api import clients
from ivr.api.clients import Client, Scope
from ivr.api.context import ApiContext
from ivr.api.rates import Rates
from ivr.store.tables import ApiToken


def guard(context: ApiContext, free: Collection[str]) -> Callable[[], None]:
    """What refuses a request without a token (Unauthorized), and one too many (TooManyRequests).

    ``free`` are endpoints open to everybody.
    """
    first = context.settings.api_token.get_secret_value().encode()
    rates = Rates(context.settings)

    def check() -> None:
        if request.endpoint in free:
            return
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        token, address = given.strip(), request.remote_addr or ""
        if scheme.lower() != "bearer" or not token:
            raise _unknown()
        rates.may_guess(address)
        client = _client(token)
        if client is None:
            rates.guessed_wrong(address)
            raise _unknown()
        rates.count(client.name)
        g.client = client

    def _client(token: str) -> Client | None:
        # The whole of both is compared, so that the time it takes tells nothing of how much is right.
        if hmac.compare_digest(token.encode(), first):
            return clients.EVERYTHING
        found = context.deadline.run(
            lambda before_commit: _found(token, before_commit), context.deadline.start()
        )
        return clients.client(found) if found is not None else None

    def _found(token: str, before_commit: Callable[[], None]) -> ApiToken | None:
        now = context.clock.now()
        with context.store.reading() as session:
            found = clients.of_token(session, token)
        if found is not None and clients.is_to_be_noted(found, now):
            with context.store.transaction(before_commit=before_commit) as session:
                clients.note_use(session, found, now)
        return found

    return check


def client_within(scope: Scope) -> Client:
    """Who sent the request that is being answered. Raises Forbidden where they lack the scope."""
    client: Client = g.client
    if scope not in client.scopes:
        raise Forbidden(f"this token lacks the scope {scope}")
    return client


def _unknown() -> Unauthorized:
    return Unauthorized("a valid token is needed", www_authenticate=WWWAuthenticate("bearer"))
