"""The map as a picture: one panel a conversation, its places in layers, as an SVG that stands alone.

What leads to another place of the same conversation and is new there is drawn as an arrow; all else (another
conversation, back, a person, silence) stands as a line of words in the box, so that the arrows can be read.
"""

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from ivr.flows.chart import HANG_UP, LEGEND, Edge, FlowMap, Kind, Node

BOX, GAP_X, GAP_Y, LINE, PAD = 260, 30, 46, 14, 10
MARGIN, TITLE = 24, 46
_LONGEST = 150
_COLUMNS = 42
#: Places beside each other, so that a picture fits a page.
_MOST_ABREAST = 3

_FILL = {
    Kind.MENU: "#e8f2fb",
    Kind.ENTRY: "#eef7e6",
    Kind.RECORDING: "#fdecec",
    Kind.QUEUE: "#fff4d6",
    Kind.TALK: "#f3eafa",
    Kind.END: "#eeeeee",
}
_KINDS = {
    Kind.MENU: "una tecla",
    Kind.ENTRY: "cifras",
    Kind.RECORDING: "grabación",
    Kind.QUEUE: "espera",
    Kind.TALK: "conversación",
    Kind.END: "fin",
}

_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"
 font-family="system-ui, sans-serif" font-size="11" role="img">
<title>Mapa de las llamadas</title>
<style>
@media print {{ svg {{ width: 100%; height: auto }} }} .k {{ font-weight: bold }} .q {{ fill: #555 }}
.h {{ fill: #ab1f1f }}
</style>
<rect width="{width}" height="{height}" fill="#fff"/>
<text x="24" y="40" font-size="24" class="k">Mapa de las llamadas</text>
<text x="24" y="64" class="q">0 una persona · * atrás · {legend}</text>"""

_POINT = """\
<defs><marker id="point-{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
 orient="auto"><path d="M0 0 8 4 0 8z" fill="#567"/></marker></defs>"""


@dataclass(frozen=True)
class Picture:
    """One conversation, as an SVG to be put into a page whose stylesheet knows the classes k, q and h."""

    name: str
    svg: str


@dataclass
class _Box:
    """A place as it is drawn."""

    node: Node
    #: Keys that lead on by an arrow, by where they lead.
    arrows: dict[str, list[str]]
    lines: list[str]
    words: list[str]
    #: Where the other party hung up.
    hung_up: str = ""
    x: float = 0
    y: float = 0

    @property
    def height(self) -> float:
        return 2 * PAD + LINE * (1 + len(self.words) + len(self.lines) + bool(self.hung_up))


@dataclass
class _Panel:
    """One conversation: its boxes in layers."""

    name: str
    layers: list[list[_Box]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.boxes: dict[str, _Box] = {}

    @property
    def width(self) -> float:
        widest = max(len(layer) for layer in self.layers)
        return 2 * MARGIN + widest * (BOX + GAP_X) - GAP_X

    @property
    def height(self) -> float:
        tall = sum(max(box.height for box in layer) + GAP_Y for layer in self.layers)
        return TITLE + tall + MARGIN - GAP_Y


def svg(drawn: FlowMap, counts: Mapping[Edge, int] | None = None) -> str:
    """The whole map; with ``counts``, how many calls passed each arrow."""
    body, y, width = [], 90.0, 0.0
    for panel in _panels(drawn, counts or {}):
        body.append(f'<g transform="translate(0 {y:.0f})">{_drawn(panel, counts or {})}</g>')
        y += panel.height + MARGIN
        width = max(width, panel.width)
    legend = " · ".join(f"{sign} {meaning}" for sign, meaning in LEGEND.items())
    head = _HEAD.format(width=f"{width:.0f}", height=f"{y:.0f}", legend=escape(legend))
    return "\n".join([head, *body, "</svg>\n"])


def pictures(drawn: FlowMap, counts: Mapping[Edge, int]) -> Iterator[Picture]:
    """The map conversation by conversation, each as a picture of its own."""
    for panel in _panels(drawn, counts):
        width, height = f"{panel.width:.0f}", f"{panel.height + 8:.0f}"
        frame = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        about = f"<title>{escape(panel.name)}</title>"
        look = 'font-family="system-ui, sans-serif" font-size="11" role="img"'
        inside = _drawn(panel, counts)
        yield Picture(
            panel.name, f'<svg xmlns="http://www.w3.org/2000/svg" {frame} {look}>{about}{inside}</svg>'
        )


def _panels(drawn: FlowMap, counts: Mapping[Edge, int]) -> list[_Panel]:
    return [
        _panel(drawn, name, nodes, counts)
        for name, nodes in drawn.conversations()
        if name != HANG_UP and _is_drawn(nodes)
    ]


def _is_drawn(nodes: Iterable[Node]) -> bool:
    return any("." in node.name for node in nodes)


def _panel(drawn: FlowMap, name: str, nodes: list[Node], counts: Mapping[Edge, int]) -> _Panel:
    depth = _depths(drawn, nodes)
    panel, layers = _Panel(name), defaultdict(list)
    for node in nodes:
        box = _box(drawn, node, depth, counts)
        panel.boxes[node.name] = box
        layers[depth[node.name]].append(box)
    panel.layers = [layers[level] for level in sorted(layers)]
    _order(panel)
    panel.layers = [row for layer in panel.layers for row in _rows(layer)]
    y = float(TITLE)
    for layer in panel.layers:
        for column, box in enumerate(layer):
            box.x, box.y = MARGIN + column * (BOX + GAP_X), y
        y += max(box.height for box in layer) + GAP_Y
    return panel


def _depths(drawn: FlowMap, nodes: list[Node]) -> dict[str, int]:
    """How many answers a place is away from where its conversation is entered; found breadth first."""
    names = [node.name for node in nodes]
    within = [edge for edge in drawn.edges if edge.source in names and edge.target in names]
    entered = {edge.target for edge in drawn.edges if edge.source not in names and edge.key != "*"}
    layer = [name for name in names if name in entered] or names[:1]
    depth: dict[str, int] = dict.fromkeys(layer, 0)
    while layer:
        layer = [
            edge.target
            for edge in within
            if edge.source in layer and edge.key not in "0*" and edge.target not in depth
        ]
        depth |= dict.fromkeys(layer, max(depth.values()) + 1)
    return dict.fromkeys(names, 0) | depth


def _box(drawn: FlowMap, node: Node, depth: Mapping[str, int], counts: Mapping[Edge, int]) -> _Box:
    arrows: dict[str, list[str]] = defaultdict(list)
    elsewhere: dict[str, list[str]] = defaultdict(list)
    hung_up = 0
    for edge in drawn.leaving(node.name):
        if edge.key == HANG_UP:
            hung_up += counts.get(edge, 0)
            continue
        onward = edge.target in depth and depth[edge.target] > depth[node.name]
        (arrows if onward else elsewhere)[edge.target].append(edge.key)
    lines = [
        f"{' '.join(keys)} → {'otra vez' if target == node.name else target}"
        f"{_passed(node.name, keys, target, counts)}"
        for target, keys in elsewhere.items()
    ]
    says = textwrap.shorten(node.says, _LONGEST, placeholder=" …")
    wrapped = [part for line in lines for part in textwrap.wrap(line, _COLUMNS, subsequent_indent="   ")]
    over = f"{HANG_UP} {LEGEND[HANG_UP]} ({hung_up})" if hung_up else ""
    return _Box(node, dict(arrows), wrapped, textwrap.wrap(says, _COLUMNS), over)


def _passed(source: str, keys: Iterable[str], target: str, counts: Mapping[Edge, int]) -> str:
    """How many calls went that way by one of the keys; nothing where none did."""
    passed = sum(counts.get(Edge(source, key, target), 0) for key in keys)
    return f" ({passed})" if passed else ""


def _order(panel: _Panel) -> None:
    """Each layer in the order of the places that lead to it, so that few arrows cross."""
    for above, layer in zip(panel.layers, panel.layers[1:], strict=False):
        place = {target: column for column, box in reversed(list(enumerate(above))) for target in box.arrows}
        layer.sort(key=lambda box: place.get(box.node.name, len(above)))


def _rows(layer: list[_Box]) -> Iterator[list[_Box]]:
    """A layer that is too wide for a page, broken; what arrows leave from is nearest to where they lead."""
    if len(layer) > _MOST_ABREAST:
        layer = sorted(layer, key=lambda box: bool(box.arrows))
    for first in range(0, len(layer), _MOST_ABREAST):
        yield layer[first : first + _MOST_ABREAST]


def _drawn(panel: _Panel, counts: Mapping[Edge, int]) -> str:
    size = f'width="{panel.width - 12:.0f}" height="{panel.height:.0f}"'
    parts = [
        _POINT.format(name=escape(panel.name)),
        f'<rect x="6" y="4" {size} rx="8" fill="#fafbfc" stroke="#d5dbe1"/>',
        f'<text x="{MARGIN}" y="30" font-size="17" class="k">{escape(panel.name)}</text>',
    ]
    for box in panel.boxes.values():
        parts += [_arrow(box, panel.boxes[target], keys, counts) for target, keys in box.arrows.items()]
    parts += [_shown(box) for box in panel.boxes.values()]
    return "".join(parts)


def _arrow(here: _Box, there: _Box, keys: list[str], counts: Mapping[Edge, int]) -> str:
    targets = list(here.arrows)
    x1 = here.x + BOX * (targets.index(there.node.name) + 1) / (len(targets) + 1)
    y1, x2, y2 = here.y + here.height, there.x + BOX / 2, there.y
    bend = (y2 - y1) / 2
    label = escape(" ".join(keys)) + _passed(here.node.name, keys, there.node.name, counts)
    return (
        f'<path d="M{x1:.0f} {y1:.0f}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"'
        f' fill="none" stroke="#567" marker-end="url(#point-{escape(here.node.conversation)})"/>'
        f'<text x="{x1 + 4:.0f}" y="{y1 + 13:.0f}" class="k">{label}</text>'
    )


def _shown(box: _Box) -> str:
    x, y, node = box.x, box.y, box.node
    rows = [(f"{node.name.partition('.')[2]} · {_KINDS[node.kind]}", "k")]
    rows += [(words, "") for words in box.words] + [(line, "q") for line in box.lines]
    rows += [(box.hung_up, "h")] if box.hung_up else []
    baselines = (y + PAD + LINE * n - 3 for n in range(1, len(rows) + 1))
    texts = "".join(
        f'<text x="{x + PAD:.0f}" y="{baseline:.0f}" class="{style}">{escape(text)}</text>'
        for (text, style), baseline in zip(rows, baselines, strict=True)
    )
    return (
        f'<g class="place"><title>'
        f"{escape(node.name)}: {escape(node.says)}</title>"
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX}"'
        f' height="{box.height:.0f}" rx="6" fill="{_FILL[node.kind]}" stroke="#9ab"/>{texts}</g>'
    )
