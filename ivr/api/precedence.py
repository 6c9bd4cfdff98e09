"""A move that is not allowed is refused as such, whatever its fields say."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from ivr.errors import Invalid, SlotTaken

T = TypeVar("T")


def fields_last(read: Callable[[], T], attempt: Callable[[], object]) -> T:
    """What ``read`` makes of the fields; if they are wrong, the business is asked about the move first.

    ``attempt`` makes the move with values that stand for the missing ones, so that its own rule refuses it if
    the state does not allow it. Whatever else it does or says counts for nothing: wrong fields end the
    transaction, which undoes it.

    Raises:
        Conflict: the move is not allowed.
        Invalid: it would be, but the fields are wrong.
    """
    try:
        return read()
    except Invalid:
        with suppress(Invalid, SlotTaken):
            attempt()
        raise
