"""Where the carrier turns when one of the line's numbers is called or texted, and where it should."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from ivr.links import Links
from ivr.settings import Settings


class Looked(Protocol):
    """What is asked of the telephone company about its numbers."""

    def webhooks_of(self, number: str) -> Mapping[str, str]: ...


class Numbers(Looked, Protocol):
    """What is changed there."""

    def set_webhooks(self, number: str, addresses: Mapping[str, str]) -> None: ...


@dataclass(frozen=True)
class Change:
    """One address of a number, as it is and as it should be; ``is_right`` if it may stay."""

    number: str
    name: str
    has: str
    wanted: str

    @property
    def is_right(self) -> bool:
        """The fragment only asks for more tries: without it the address is right too."""
        return self.has in {self.wanted, self.wanted.partition("#")[0]}


def wanted(settings: Settings, fallback_url: str | None = None) -> dict[str, str]:
    """The four addresses that each number needs; ``fallback_url``: of a document that is hosted elsewhere."""
    links = Links(settings.public_url)
    return {
        "voice": f"{settings.public_url}/voice/inbound",
        "fallback": fallback_url or links.fallback(),
        "status": links.status(),
        "texts": f"{settings.public_url}/messages/inbound",
    }


def compare(carrier: Looked, number: str, addresses: Mapping[str, str]) -> list[Change]:
    """Each address of a number beside the wanted one. Raises CarrierGone if the account owns no such."""
    has = carrier.webhooks_of(number)
    return [Change(number, name, has.get(name, ""), address) for name, address in addresses.items()]


def connect(
    carrier: Numbers, settings: Settings, addresses: Mapping[str, str], *, dry_run: bool
) -> Iterator[Change]:
    """Set the addresses of all the line's numbers, and read back what they are then.

    With ``dry_run`` nothing is set, and what would be changed is told. Raises CarrierError.
    """
    for number in settings.line_numbers:
        found = compare(carrier, number, addresses)
        if dry_run:
            yield from found
            continue
        if not all(change.has == change.wanted for change in found):
            carrier.set_webhooks(number, addresses)
        yield from compare(carrier, number, addresses)


def is_elsewhere(address: str, settings: Settings) -> bool:
    """Whether an address leads to another https server than ours: where a fallback document may be kept."""
    parts = urlsplit(address)
    return (
        parts.scheme == "https"
        and bool(parts.netloc)
        and parts.netloc != urlsplit(settings.public_url).netloc
    )
