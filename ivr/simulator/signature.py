"""`X-Twilio-Signature`, written from the carrier's page "Webhooks Security" and from nothing else.

The application checks it with the carrier's own library; two independent readings of the rule that agree are
worth more than one that is used twice.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit


def signed_address(url: str) -> str:
    """The address that is signed: without userinfo and fragment; over HTTPS also without a port."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme == "https":
        host = parts.hostname or ""
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


def sign(token: str, url: str, form: Mapping[str, str] | None = None) -> str:
    """Base64 of HMAC-SHA1 over the address and, for a POST, each field's name and value, sorted by name."""
    fields = "".join(name + value for name, value in sorted((form or {}).items()))
    digest = hmac.new(token.encode(), (signed_address(url) + fields).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
