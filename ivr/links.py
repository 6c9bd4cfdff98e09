"""The addresses that the application hands out to the carrier: absolute, with the turn that they answer.

Addresses of news ask the carrier to try again (Twilio: webhook connection overrides): their handlers may
be told twice.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

#: Five more tries on a 5xx, a failed connection, or no answer in time.
RETRY = "#rc=5&rp=5xx,ct,rt"


@dataclass(frozen=True)
class Links:
    """Addresses below ``base``, the application's public one."""

    base: str

    def step(self, name: str, turn: int, **more: str) -> str:
        """Where a step answers turn ``turn``."""
        return self._to(f"/voice/{name}", turn=str(turn), **more)

    def wait(self, name: str, turn: int, **more: str) -> str:
        """Where a queue's voice speaks; ``turn`` is the one that leaving the queue will answer.

        Asked again if a process dies on it: it may be, and a queue whose voice fails throws its caller out.
        """
        return self._to(f"/voice/{name}", wait=str(turn), **more) + RETRY

    def fallback(self, token: str | None = None) -> str:
        """Where the carrier turns when a document of ours cannot be had or understood."""
        return self._to("/voice/fallback", **_of_call(token))

    def machine(self, token: str) -> str:
        """News of whether a machine answered an outbound call."""
        return self._to("/voice/machine", **_of_call(token)) + RETRY

    def status(self, token: str | None = None) -> str:
        """News of a call; ``token`` names an outbound one whose sid may not have been recorded."""
        return self._to("/voice/status", **_of_call(token)) + RETRY

    def recording(self, purpose: str, **more: str) -> str:
        """News of a recording; those of a conference name no call, so its ``room`` is given here."""
        return self._to("/voice/recording", purpose=purpose, **more) + RETRY

    def conference(self) -> str:
        """News of a conference."""
        return self._to("/voice/conference") + RETRY

    def hold(self) -> str:
        """What an owner on hold hears."""
        return self._to("/voice/hold") + RETRY

    def text_status(self) -> str:
        """News of a text."""
        return self._to("/messages/status") + RETRY

    def audio(self, path: str) -> str:
        """A sound of ours."""
        return f"{self.base}{path}"

    def _to(self, path: str, **query: str) -> str:
        return f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")


def _of_call(token: str | None) -> dict[str, str]:
    return {"token": token} if token else {}
