"""The map kept as a file, drawn once for each version of the code, so that nobody waits for it.

To draw it is some seconds of work. It is done in a process of its own, of low priority, so that calls go on
being answered meanwhile; ``python -m ivr.flows FOLDER`` is that process.
"""

import hashlib
import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from functools import cache
from pathlib import Path

from ivr.flows.chart import Edge, FlowMap, Kind, Node
from ivr.flows.explorer import map_of_calls

#: Seconds after which a drawing that was begun and did not come has failed, and is begun again.
GIVEN_UP_AFTER = 300

_CODE = Path(__file__).parents[2]
_PACKAGES = ("audio", "callflows", "ivr")


@cache
def version() -> str:
    """Of the code that speaks: another one wherever a conversation, a sentence or a rule may be another."""
    digest = hashlib.sha256()
    for path in sorted(path for package in _PACKAGES for path in (_CODE / package).rglob("*.py")):
        digest.update(path.relative_to(_CODE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def load(folder: Path) -> FlowMap | None:
    """The map of this version, if it is drawn already."""
    try:
        kept = json.loads(_file(folder).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    drawn = FlowMap(steps=set(kept["steps"]))
    for node in kept["nodes"]:
        drawn.add(Node(node["name"], Kind(node["kind"]), node["says"]))
    for edge in kept["edges"]:
        drawn.connect(Edge(edge["source"], edge["key"], edge["target"], tuple(edge["through"])))
    return drawn


def keep(folder: Path, drawn: FlowMap) -> None:
    """Keep the map of this version; whoever reads meanwhile finds the whole of it, or none."""
    content = {
        "nodes": [asdict(node) for node in drawn.nodes.values()],
        "edges": [asdict(edge) for edge in drawn.edges],
        "steps": sorted(drawn.steps),
    }
    fresh = _file(folder).with_suffix(".new")
    fresh.write_text(json.dumps(content), encoding="utf-8")
    fresh.replace(_file(folder))


def draw(folder: Path) -> None:
    """Draw the map and keep it. All conversations are loaded (``import ivr.app``)."""
    keep(folder, map_of_calls())
    _sign(folder).unlink(missing_ok=True)


def begin(folder: Path) -> None:
    """See to it that the map is drawn, by one process however many ask. Returns at once."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _sign(folder).touch(exist_ok=False)
    except FileExistsError:
        if time.time() - _sign(folder).stat().st_mtime < GIVEN_UP_AFTER:
            return
        _sign(folder).touch()
    command = [sys.executable, "-m", "ivr.flows", str(folder)]
    threading.Thread(
        target=subprocess.run,
        args=(command,),
        kwargs={"stdin": subprocess.DEVNULL, "check": False},
        daemon=True,
    ).start()


def _file(folder: Path) -> Path:
    return folder / f"map-{version()}.json"


def _sign(folder: Path) -> Path:
    """Stands there while somebody draws."""
    return folder / f"map-{version()}.drawing"
