"""What a tour tells while it is played, and keeps for the page: who hears what, and what was pressed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

#: What stands before each kind of line in the terminal, and how the line looks.
_LOOKS = {
    "heard": ("{who} hears", "cyan"),
    "pressed": ("{who} presses", "reverse"),
    "spoke": ("{who} says", "italic"),
    "call": ("{who}", "dim"),
    "text": ("{who} reads", "blue"),
    "texted": ("{who} texts", "blue"),
    "clock": ("the clock", "yellow"),
    "case": ("the case", "bold"),
}
_MARGIN = 18
_MARKS = {True: "[green]✓[/]", False: "[red]✗[/]"}


@dataclass(frozen=True)
class Told:
    """One line of the story; ``call`` is the carrier's sid of the call that it belongs to, if any."""

    kind: str
    words: str
    who: str = ""
    call: str | None = None

    @property
    def label(self) -> str:
        """Who did or noticed it, in words."""
        return _LOOKS[self.kind][0].format(who=self.who)


@dataclass(frozen=True)
class Check:
    """Something that should be so, and whether it is."""

    what: str
    is_so: bool


@dataclass
class Act:
    """A part of the story."""

    title: str
    about: str
    told: list[Told] = field(default_factory=list)


@dataclass
class Teller:
    """Prints the story as it happens. ``names``: how the people are called, by their numbers."""

    console: Console
    names: Mapping[str, str]
    acts: list[Act] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    _just_heard: dict[str, set[str]] = field(default_factory=dict, repr=False)

    def act(self, title: str, about: str) -> None:
        """A new part begins."""
        self.acts.append(Act(title, about))
        self.console.print()
        self.console.rule(f"[bold]{title}", align="left")
        self.console.print(f"\n{about}\n", highlight=False)

    def tell(self, kind: str, words: str, who: str = "", call: str | None = None) -> None:
        """One line more."""
        told = Told(kind, words, who, call)
        self.acts[-1].told.append(told)
        line = Table.grid(padding=(0, 2))
        line.add_column(width=_MARGIN, justify="right", style="dim")
        line.add_column()
        shown = f" {words} " if kind == "pressed" else words
        line.add_row(told.label, Text(shown, _LOOKS[kind][1]))
        self.console.print(line)

    def check(self, what: str, is_so: object) -> None:
        """Note whether something is as it should be."""
        self.checks.append(Check(what, bool(is_so)))

    def take(self, who: str, event: Mapping[str, Any]) -> None:
        """Tell of what somebody's telephone noticed."""
        call = event.get("call")
        match event["type"]:
            case "dialling":
                self.tell("call", f"dials {self._named(event['to'])}", who, call)
            case "ringing":
                self.tell("call", f"telephone rings: {self._named(event['from'])}", who, call)
            case "heard":
                self._hears(who, event)
            case "pressed":
                self._just_heard.pop(str(call), None)
                self.tell("pressed", event["keys"], who, call)
            case "spoke":
                self.tell("spoke", event["text"] or "…", who, call)
            case "joined":
                others = " and ".join(self._named(each) for each in event["others"])
                self.tell("call", f"is connected with {others}", who, call)
            case "text":
                self.tell("text", event["body"], who)
            case "ended":
                whose = {"telephone": "hangs up", "line": "the line hangs up"}.get(event["by"], "call over")
                self.tell("call", whose, who, call)

    def summary(self) -> bool:
        """Print all checks; whether everything is as it should be."""
        self.console.print()
        self.console.rule("[bold]What should be so", align="left")
        for check in self.checks:
            self.console.print(f" {_MARKS[check.is_so]} {escape(check.what)}", highlight=False)
        return all(check.is_so for check in self.checks)

    def _hears(self, who: str, event: Mapping[str, Any]) -> None:
        """What one waits by comes over and over: it is told once until something is pressed."""
        if not event["text"] or event["by"] in self.names:
            return
        known = self._just_heard.setdefault(event["call"], set())
        if event["text"] not in known:
            known.add(event["text"])
            self.tell("heard", event["text"], who, event["call"])

    def _named(self, number: str) -> str:
        return self.names.get(number, number)
