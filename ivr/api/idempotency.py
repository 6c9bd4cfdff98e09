"""A request that may be sent again: the repeat gets the first answer, and nothing is done twice."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from pydantic_core import from_json
from sqlalchemy import select, update

from ivr.api.clients import FIRST
from ivr.api.fields import Answer
from ivr.api.operations import CREATED, Request, written
from ivr.errors import Conflict, Invalid
from ivr.store.jobs import insert_for
from ivr.store.tables import StoredAnswer

_LONGEST_KEY = 200


def once(request: Request[Any], target: str, do: Callable[[], Answer]) -> bytes:
    """The answer of ``do``, or the stored one where a request with the same key was answered before.

    ``target`` is the path that was asked. The key is the client's own, and taken in the same transaction: a
    repeat at the same moment waits for the first, and a request that was refused has not used it up. Without
    a key everything is done anew.

    Raises:
        Invalid: the key is longer than 200 characters or not printable.
        Conflict: the key belongs to a request to another path, or with another body.
    """
    key = request.key
    if key is None:
        return written(do())
    if not (1 <= len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Invalid(
            "the key is unusable", {"Idempotency-Key": f"expected 1 to {_LONGEST_KEY} printable characters"}
        )
    kept, fingerprint = _kept(request.client.name, key), _fingerprint(target, request.content)
    taken = insert_for(request.session, StoredAnswer).values(
        key=kept, fingerprint=fingerprint, status=CREATED, body="", created_at=request.now
    )
    taken = taken.on_conflict_do_nothing(index_elements=["key"]).returning(StoredAnswer.key)
    if request.session.scalar(taken) is None:
        first = request.session.scalars(select(StoredAnswer).where(StoredAnswer.key == kept)).one()
        if first.fingerprint != fingerprint:
            raise Conflict("this Idempotency-Key belongs to another request", code="key_reused")
        return first.body.encode()
    answer = written(do())
    mine = update(StoredAnswer).where(StoredAnswer.key == kept)
    request.session.execute(mine.values(body=answer.decode()))
    return answer


def _kept(client: str, key: str) -> str:
    """A client's own key, which another may have chosen too; the first client's stands as it is."""
    return key if client == FIRST else f"{client}:{sha256(key.encode()).hexdigest()}"


def _fingerprint(target: str, content: Any) -> str:
    """The same for the same JSON, however it is spaced and ordered."""
    return sha256(json.dumps([target, from_json(content)], sort_keys=True).encode()).hexdigest()
