"""How often a client may ask, and an address may be wrong about a token.

Counted by the minute: in Redis, where all web processes share one, else in this process. A Redis that does
not answer costs nobody their answer: for some seconds this process counts by itself, then asks it again.
"""

import ipaddress
import math
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.exceptions import TooManyRequests

from ivr.settings import Settings

log = structlog.get_logger()

T = TypeVar("T")

#: Wrong tokens from one address in a minute.
WRONG_TOKENS = RateLimitItemPerMinute(20)
#: Bits of an address of version 6 that name a subscriber; all that follow are theirs to choose.
_ONE_SUBSCRIBER = 64
#: Seconds that Redis may take, and that it is left alone where it took longer.
_PATIENCE, _REST = 0.25, 5.0


class Rates:
    """The counts of one web process."""

    def __init__(self, settings: Settings) -> None:
        self._requests = RateLimitItemPerMinute(settings.api_rate)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._shared = _in_redis(settings.redis_url) if settings.redis_url else None
        self._asked_again_at = 0.0

    def count(self, client: str) -> None:
        """One request more of a client. Raises TooManyRequests."""
        if not self._ask(lambda counts: counts.hit(self._requests, "client", client)):
            raise self._too_many(self._requests, "client", client)

    def may_guess(self, address: str) -> None:
        """Raises TooManyRequests where too many tokens from that address were wrong."""
        network = _network(address)
        if not self._ask(lambda counts: counts.test(WRONG_TOKENS, "address", network)):
            raise self._too_many(WRONG_TOKENS, "address", network)

    def guessed_wrong(self, address: str) -> None:
        """One wrong token more from that address."""
        network = _network(address)
        self._ask(lambda counts: counts.hit(WRONG_TOKENS, "address", network))

    def _too_many(self, item: RateLimitItemPerMinute, *whose: str) -> TooManyRequests:
        opens_at = self._ask(lambda counts: counts.get_window_stats(item, *whose)).reset_time
        seconds = max(1, math.ceil(opens_at - time.time()))
        return TooManyRequests(f"at most {item.amount} a minute", retry_after=seconds)

    def _ask(self, question: Callable[[RateLimiter], T]) -> T:
        if self._shared is not None and time.monotonic() >= self._asked_again_at:
            try:
                return question(self._shared)
            except StorageError as error:
                self._asked_again_at = time.monotonic() + _REST
                log.warning("api counts requests without redis", error=type(error.__cause__).__name__)
        return question(self._own)


def _network(address: str) -> str:
    """All that one household or server may call itself: an address of version 4, a /64 of version 6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, _ONE_SUBSCRIBER), strict=False)) if ip.version == 6 else address


def _in_redis(url: str) -> RateLimiter:
    """Connects to nothing yet."""
    pool = ConnectionPool.from_url(
        url,
        socket_timeout=_PATIENCE,
        socket_connect_timeout=_PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    return FixedWindowRateLimiter(RedisStorage(url, connection_pool=pool, wrap_exceptions=True))
