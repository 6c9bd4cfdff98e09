"""Secrets of the demonstration."""

import json
import secrets
from pathlib import Path

#: The settings that are secret, or name an account.
NAMES = ("IVR_SECRET_KEY", "IVR_API_TOKEN", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")

_KEPT = Path("var/demo-secrets.json")


def made_up() -> dict[str, str]:
    """A value for each of `NAMES`, the same for every process started in this folder."""
    if not _KEPT.exists():
        _KEPT.parent.mkdir(parents=True, exist_ok=True)
        made = {name: secrets.token_hex(16) for name in NAMES}
        made["TWILIO_ACCOUNT_SID"] = "AC" + secrets.token_hex(16)
        _KEPT.touch(mode=0o600)
        _KEPT.write_text(json.dumps(made))
    loaded: dict[str, str] = json.loads(_KEPT.read_text())
    return loaded
