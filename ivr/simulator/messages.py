"""Text messages: sent by REST, on their way, delivered to a telephone; or sent by a telephone to the line."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from ivr.simulator.recordings import new_sid

GSM_7 = re.compile(
    r"[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\\[~\]|€]*"
)


def segments(body: str) -> int:
    """Parts of 160 GSM-7 or 70 UCS-2 characters (153 and 67 where there are several)."""
    one, many = (160, 153) if GSM_7.fullmatch(body) else (70, 67)
    return 1 if len(body) <= one else -(-len(body) // many)


def takes_texts(number: str) -> bool:
    """Whether the number is a mobile one: in Chile they begin with 9 (else error 21614)."""
    return number.startswith("+569") if number.startswith("+56") else True


@dataclass
class Message:
    """One text. `news_url` is its StatusCallback."""

    from_: str
    to: str
    body: str
    created: datetime
    direction: str = "outbound-api"
    news_url: str = ""
    sid: str = field(default_factory=lambda: new_sid("SM"))
    status: str = "queued"
    sent: datetime | None = None
    error_code: int | None = None

    def form(self, account_sid: str) -> dict[str, str]:
        """Fields of the status callback."""
        fields = {
            "MessageSid": self.sid,
            "SmsSid": self.sid,
            "MessageStatus": self.status,
            "SmsStatus": self.status,
            "From": self.from_,
            "To": self.to,
            "AccountSid": account_sid,
            "ApiVersion": "2010-04-01",
        }
        return fields | ({"ErrorCode": str(self.error_code)} if self.error_code else {})
