"""Moving a live call: part of the dialogue's book-keeping, which the switchboard, further down, needs as well."""

from ivr.switchboard.moving import overtake

__all__ = ["overtake"]
