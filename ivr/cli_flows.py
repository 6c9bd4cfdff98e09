"""``ivr flows``: the map of all calls, drawn from the running code."""

import textwrap
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

import ivr.app  # noqa: F401 -- brings all conversations in
from ivr import logs
from ivr.flows import Edge, FlowMap, Node, map_of_calls
from ivr.flows.chart import LEGEND
from ivr.flows.drawing import svg

#: Letters of a sentence that are shown.
_SHORT = 96


def command(console: Console) -> click.Command:
    """The command; it prints to ``console``."""

    @click.command("flows")
    @click.option(
        "--svg",
        "picture",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write the map as a picture into this file.",
    )
    def flows(picture: Path | None) -> None:
        """Play all calls there are on a made-up database, and show where each key leads."""
        logs.configure("json")
        with console.status("Playing all calls …"):
            drawn = map_of_calls()
        if picture is None:
            _print(console, drawn)
            return
        picture.write_text(svg(drawn), encoding="utf-8")
        console.print(f"{len(drawn.nodes)} places and {len(drawn.edges)} ways: {picture}", soft_wrap=True)

    return flows


def _print(console: Console, drawn: FlowMap) -> None:
    for name, nodes in drawn.conversations():
        places = [node for node in nodes if "." in node.name]
        if places:
            console.rule(f"[bold]{name}", align="left")
        for node in places:
            _print_place(console, drawn, node)
    console.print(f"\n[dim]{' · '.join(f'{sign} {meaning}' for sign, meaning in LEGEND.items())}[/]")


def _print_place(console: Console, drawn: FlowMap, node: Node) -> None:
    says = textwrap.shorten(node.says, _SHORT, placeholder=" …")
    console.print(Text.assemble("\n", (node.name, "bold"), f"  [{node.kind}]  ", (says, "italic cyan")))
    for edge in drawn.leaving(node.name):
        console.print(_line(edge))


def _line(edge: Edge) -> Text:
    again = edge.target == edge.source
    through = f"  ({', '.join(edge.through)})" if edge.through and not again else ""
    target = "again" if again else edge.target
    return Text.assemble("  ", (f"{edge.key:>3}", "bold green"), f"  {target}", (through, "dim"))
