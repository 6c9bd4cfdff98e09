"""``ivr carrier``: what is set up at the telephone company."""

import sys
import time
from collections.abc import Callable

import click
from rich.console import Console
from rich.table import Table

from ivr import at_carrier
from ivr.aftersales import numbers
from ivr.aftersales.carrier import ENDED, OutboundCall
from ivr.at_carrier import Change
from ivr.errors import Invalid
from ivr.links import Links
from ivr.settings import Settings
from ivr.telephony.carrier import TwilioCarrier

_RING_SECONDS = 30
#: Seconds within which a test call must have been answered.
_TEST_SECONDS = 60
_POLL = 1.0


def commands(load_settings: Callable[[], Settings], console: Console) -> click.Group:
    """The group of commands. ``load_settings`` is asked only once one of them runs."""

    @click.group()
    def carrier() -> None:
        """The telephone company."""

    @carrier.command("connect")
    @click.option("--fallback-url", help="Where the document of `ivr fallback` is hosted, if elsewhere.")
    @click.option("--dry-run", is_flag=True, help="Set nothing; show what would be set.")
    @click.option("--test-call", metavar="NUMBER", help="Then call this telephone, which hears the line.")
    def connect(fallback_url: str | None, dry_run: bool, test_call: str | None) -> None:
        """Set voice, fallback, status and message URLs on the line's numbers, and verify them."""
        settings = load_settings()
        telephone_company = _open(settings)
        if test_call is not None and not numbers.may_dial(test_call, settings.countries):
            raise Invalid(f"{test_call} is no number that the line may dial, such as +56991234567")
        addresses = at_carrier.wanted(settings, fallback_url)
        changes = list(at_carrier.connect(telephone_company, settings, addresses, dry_run=dry_run))
        console.print(_table(changes))
        well = dry_run or all(change.is_right for change in changes)
        if test_call is not None and not dry_run:
            well = _heard(telephone_company, settings, test_call, console) and well
        sys.exit(0 if well else 1)

    return carrier


def _open(settings: Settings) -> TwilioCarrier:
    return TwilioCarrier(settings.account_sid, settings.auth_token.get_secret_value(), settings.carrier_url)


def _table(changes: list[Change]) -> Table:
    table = Table("", "number", "", "is set to", "should be")
    for change in changes:
        mark = "[green]✓[/]" if change.is_right else "[yellow]→[/]"
        wanted = "" if change.is_right else change.wanted
        table.add_row(mark, change.number, change.name, change.has or "nothing", wanted)
    return table


def _heard(carrier: TwilioCarrier, settings: Settings, number: str, console: Console) -> bool:
    """Call a telephone that is to hear the line's welcome; whether it was answered and could be spoken to."""
    links = Links(settings.public_url)
    sid = carrier.place(
        OutboundCall(
            to=number,
            from_=settings.agent_caller_id,
            url=at_carrier.wanted(settings)["voice"],
            fallback_url=links.fallback(),
            status_url=links.status(),
            ring_seconds=_RING_SECONDS,
        )
    )
    console.print(f"{number} rings: answer it, hear the welcome, and hang up.")
    deadline, news = time.monotonic() + _TEST_SECONDS, carrier.call(sid)
    while news.status not in ENDED and time.monotonic() < deadline:
        time.sleep(_POLL)
        news = carrier.call(sid)
    well = news.status in {"completed", "in-progress"}
    console.print(f"{'[green]✓[/]' if well else '[red]✗[/]'} the test call is {news.status}")
    return well
