"""Secrets of the demonstration."""

import json
import secrets
from pathlib import Path

#: The settings that are secret, or name an account.
NAMES = ("IVR_SECRET_KEY", "IVR_API_TOKEN", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
#: The roles of the console; each has a password.
ROLES = ("agent", "supervisor", "administrator")

_KEPT = Path("var/demo-secrets.json")


def made_up() -> dict[str, str]:
    """A value for each of `NAMES`, the same for every process started in this folder."""
    kept = _kept()
    return {name: kept[name] for name in NAMES}


def passwords() -> dict[str, str]:
    """The password of each of `ROLES` at the console, as lasting as those."""
    kept = _kept()
    return {role: kept[role] for role in ROLES}


def _kept() -> dict[str, str]:
    """All that is kept; what an earlier version did not know is drawn now."""
    kept: dict[str, str] = json.loads(_KEPT.read_text()) if _KEPT.exists() else {}
    missing = {name: secrets.token_hex(16) for name in NAMES} | {role: secrets.token_hex(6) for role in ROLES}
    missing["TWILIO_ACCOUNT_SID"] = "AC" + secrets.token_hex(16)
    if not missing.keys() <= kept.keys():
        kept = missing | kept
        _KEPT.parent.mkdir(parents=True, exist_ok=True)
        _KEPT.touch(mode=0o600)
        _KEPT.write_text(json.dumps(kept))
    return kept
