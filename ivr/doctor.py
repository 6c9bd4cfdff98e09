"""What is wrong with an installation, and what to do about it. Each check stands alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import redis

from audio import phrases
from audio.parts import Part
from ivr import at_carrier
from ivr.aftersales.carrier import Carrier
from ivr.at_carrier import Change
from ivr.clock import Clock, WallClock
from ivr.errors import CarrierError, OutdatedDatabase
from ivr.settings import Settings
from ivr.store import jobs, schema
from ivr.store.session import Store
from ivr.telephony.storage import Storage

#: Seconds after which due work shows that nobody does it: the clock looks every few.
_LATE = 60


@dataclass(frozen=True)
class Finding:
    """What one check found. ``mend`` says what to do where it is not well."""

    part: str
    well: bool
    says: str
    mend: str = ""


def examine(
    settings: Settings,
    store: Store,
    carrier: Carrier,
    storage: Storage,
    has_sound: Callable[[Part], bool],
    *,
    clock: Clock | None = None,
) -> Iterator[Finding]:
    """Every check, one after another. ``has_sound`` tells whether a fixed part of a sentence has one."""
    yield _public_url(settings)
    yield _database(store)
    yield _broker(settings)
    yield _work(store, clock or WallClock())
    yield _storage(settings, storage)
    yield _audio(settings, has_sound)
    yield _credentials(settings, carrier)
    yield from _webhooks(settings, carrier)
    yield _caller_id(settings)
    yield _backup(settings)


def _public_url(settings: Settings) -> Finding:
    parts = urlsplit(settings.public_url)
    if settings.demo or parts.scheme == "https":
        return Finding("address", True, settings.public_url)
    return Finding(
        "address",
        False,
        f"{settings.public_url} is not https",
        "set IVR_PUBLIC_URL to the proxy's https address",
    )


def _database(store: Store) -> Finding:
    try:
        schema.require_current(store)
    except OutdatedDatabase as fault:
        return Finding("database", False, str(fault), "run `ivr db upgrade`")
    except Exception as fault:  # noqa: BLE001 -- whatever the driver raises is the finding
        return Finding("database", False, type(fault).__name__, "check IVR_DATABASE_URL and the server")
    return Finding("database", True, f"{store.url.get_backend_name()}, revision {schema.needed()}")


def _broker(settings: Settings) -> Finding:
    if not settings.redis_url:
        return Finding("broker", True, "none: jobs run in one thread of the web process")
    try:
        redis.Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2).ping()
    except redis.RedisError as fault:
        return Finding("broker", False, type(fault).__name__, "check IVR_REDIS_URL and the server")
    return Finding("broker", True, "answers")


def _work(store: Store, clock: Clock) -> Finding:
    """Whether somebody does what is due: nobody is rung otherwise, and nothing else shows it."""
    try:
        with store.reading() as session:
            due, late = jobs.lateness(session, clock.now())
    except Exception as fault:  # noqa: BLE001 -- the database's own finding says what to do
        return Finding("worker", False, type(fault).__name__, "see the database")
    if late <= _LATE:
        return Finding("worker", True, "nothing that is due is left undone")
    return Finding(
        "worker",
        False,
        f"{due} pieces of work wait, the oldest {late:.0f} s",
        "start `ivr worker`, read its log",
    )


def _storage(settings: Settings, storage: Storage) -> Finding:
    if storage.usable():
        return Finding("recordings", True, settings.storage)
    return Finding(
        "recordings", False, f"{settings.storage} cannot be written", "check IVR_STORAGE and rights"
    )


def _audio(settings: Settings, has_sound: Callable[[Part], bool]) -> Finding:
    """A sentence is ready when all of it is that does not depend on the call: the rest is only known then."""
    if settings.voice == "carrier":
        return Finding("audio", True, f"spoken by the carrier, {settings.carrier_voice}")
    catalogue = list(phrases.catalogue())
    ready, wanted = sum(all(map(has_sound, phrase.pieces)) for phrase in catalogue), len(catalogue)
    says = f"{ready} of {wanted} sentences have a sound in {Path(settings.audio_folder)}"
    return Finding("audio", ready == wanted, says, "" if ready == wanted else "run `ivr audio render`")


def _credentials(settings: Settings, carrier: Carrier) -> Finding:
    try:
        accepted = carrier.account_ok()
    except CarrierError as fault:
        return Finding("carrier", False, str(fault), "check IVR_CARRIER_URL and the network")
    if accepted:
        return Finding("carrier", True, f"{settings.carrier_url} accepts the credentials")
    return Finding(
        "carrier", False, "refuses the credentials", "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    )


def _webhooks(settings: Settings, carrier: Carrier) -> Iterator[Finding]:
    """Whether the carrier calls us at the right addresses for each of the line's numbers."""
    wanted = at_carrier.wanted(settings)
    for number in settings.line_numbers:
        try:
            changes = at_carrier.compare(carrier, number, wanted)
        except CarrierError as fault:
            yield Finding(f"number {number}", False, str(fault), "check that the account owns this number")
            continue
        wrong = [each.name for each in changes if not (each.is_right or _may_be_elsewhere(each, settings))]
        mend = "; ".join(f"set its {name} address to {wanted[name]}" for name in wrong)
        says = f"wrong: {', '.join(wrong)}" if wrong else "its four addresses lead here"
        yield Finding(f"number {number}", not wrong, says, mend)


def _may_be_elsewhere(change: Change, settings: Settings) -> bool:
    """The fallback document is best kept where our own failures do not reach it."""
    return change.name == "fallback" and at_carrier.is_elsewhere(change.has, settings)


def _caller_id(settings: Settings) -> Finding:
    if settings.automated_calls_allowed:
        return Finding("automated calls", True, f"go out from {settings.outbound_number}")
    return Finding(
        "automated calls",
        settings.demo,
        "none are placed: no 600 or 809 number (Res. Ex. 286 of Subtel)",
        "set IVR_OUTBOUND_NUMBER",
    )


def _backup(settings: Settings) -> Finding:
    if settings.backup_number:
        return Finding("last resort", True, "a person is dialled when nothing else works")
    return Finding(
        "last resort", settings.demo, "nobody is dialled when nothing else works", "set IVR_BACKUP_NUMBER"
    )
