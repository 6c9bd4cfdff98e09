"""The line's own rules about its documents, stricter than the carrier's."""

from xml.etree import ElementTree as ET

from tests.carrier.documents import parse
from tests.carrier.values import CarrierRefuses

ENTRY_PAUSE_SECONDS = "5"


def check_house_rules(xml: bytes | str) -> None:
    """Raise `CarrierRefuses` where a document breaks the line's contract about keys (its section 2).

    Something follows every Gather, for the silence; Gather and Record say where they lead; a question of one
    key has its prompt inside, so that keys interrupt it, and hears a lone `#` as a key, not as silence; an
    entry of several digits ends by `#` or a pause of 5 s, never by its length; and every Say is in Spanish.
    """
    response = parse(xml)
    verbs = list(response)
    for position, verb in enumerate(verbs):
        if verb.tag in {"Gather", "Record"} and "action" not in verb.attrib:
            raise CarrierRefuses(f"<{verb.tag}> has no action, so it would ask for the same document again")
        if verb.tag == "Gather":
            _check_gather(verb)
            if position == len(verbs) - 1:
                raise CarrierRefuses("nothing follows the <Gather>: silence would hang up")
    for say in response.iter("Say"):
        if not say.get("language", "").startswith("es-"):
            raise CarrierRefuses("a <Say> does not name its Spanish: the carrier would read it as English")


def _check_gather(gather: ET.Element) -> None:
    length, ends_on = gather.get("numDigits"), gather.get("finishOnKey", "#")
    if length == "1":
        if not any(child.tag in {"Say", "Play"} for child in gather):
            raise CarrierRefuses("the prompt of a one-digit question stands outside its <Gather>")
        if ends_on:
            raise CarrierRefuses(
                f"a one-digit question hears {ends_on!r} as silence: finishOnKey must be empty"
            )
    elif length is not None:
        raise CarrierRefuses(f"numDigits={length}: no entry of several digits ends by its length")
    elif ends_on != "#" or gather.get("timeout", ENTRY_PAUSE_SECONDS) != ENTRY_PAUSE_SECONDS:
        raise CarrierRefuses("an entry of several digits ends by # or a pause of 5 s")
