"""What an agent fills in during a talk and after it."""

from collections.abc import Sequence

from ivr.console import words
from ivr.console.fields import (
    DataRequired,
    InputRequired,
    Length,
    PhoneField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from ivr.console.forms import ConsoleForm
from ivr.store.tables import Agent
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.guests import LONGEST_REASON
from ivr.switchboard.wrapping_up import LONGEST_NOTE

#: Whom a talk can be handed to besides agents.
ANYBODY = {f"skill:{skill}": f"Cola de {words.SKILLS[skill].lower()}" for skill in Skill}
OUTSIDE = "phone"


class WrapUpForm(ConsoleForm):
    """What came of the talk."""

    result = RadioField(
        "Resultado", [InputRequired("Elija qué resultó.")], choices=list(words.RESULTS.items())
    )
    note = TextAreaField(
        "Nota",
        [Length(max=LONGEST_NOTE, message=f"La nota tiene como máximo {LONGEST_NOTE} letras.")],
        description="Queda como comentario en la solicitud.",
    )


class TransferForm(ConsoleForm):
    """Whom the owner is handed on to, and how."""

    to = SelectField("A quién", [InputRequired("Elija a quién.")])
    phone = PhoneField("Teléfono, si es externo")
    consult = RadioField(
        "Cómo",
        [InputRequired("Elija cómo.")],
        choices=[("yes", "Consultar antes: quien llamó escucha música"), ("no", "Directo")],
        default="yes",
    )
    reason = StringField(
        "Motivo", [Length(max=LONGEST_REASON)], description="Se le dice a su colega al contestar."
    )

    def offer(self, colleagues: Sequence[Agent]) -> "TransferForm":
        """Whom one can choose from."""
        agents = [
            (f"agent:{each.id}", f"{each.name} ({words.PRESENCES[each.presence].lower()})")
            for each in colleagues
        ]
        self.to.choices = [*agents, *ANYBODY.items(), (OUTSIDE, "Un número externo")]
        return self


class TechnicianForm(ConsoleForm):
    """Whose telephone is brought into the talk."""

    technician = PhoneField("Teléfono del técnico", [DataRequired("Escriba el teléfono.")])
