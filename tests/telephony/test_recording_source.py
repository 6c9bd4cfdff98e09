"""Recordings come from the carrier's own address, whatever a webhook or an answer names instead."""

import pytest
from werkzeug import Request, Response

from ivr.errors import CarrierRefused
from ivr.telephony.carrier import TwilioCarrier
from tests.telephony.answering import answering

ACCOUNT, TOKEN, SID = "AC" + "0" * 32, "the token", "RE" + "a" * 32


def test_a_redirection_to_somebody_else_is_not_followed_and_shows_nobody_our_credentials() -> None:
    asked: list[str] = []

    def elsewhere(request: Request) -> Response:
        asked.append(request.path)
        return Response(b"RIFF", mimetype="audio/wav")

    with (
        answering(elsewhere) as other,
        answering(lambda _: Response(status=302, headers={"Location": f"{other}/secrets"})) as carrier,
        pytest.raises(CarrierRefused, match="302"),
    ):
        TwilioCarrier(ACCOUNT, TOKEN, carrier).audio(SID)
    assert asked == []
