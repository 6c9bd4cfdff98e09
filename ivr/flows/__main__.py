"""``python -m ivr.flows FOLDER``: draw the map of this version and keep it there: see `ivr.flows.keeping`."""

import os
import sys
from pathlib import Path

import ivr.app  # noqa: F401 -- brings all conversations in
from ivr import logs
from ivr.flows import keeping

if __name__ == "__main__":
    os.nice(10)
    logs.configure("json")
    keeping.draw(Path(sys.argv[1]))
