"""Which web pages may use the telephones: those that this server served, and no other.

The telephones ask nobody who they are, and a browser reaches loopback from any page. A foreign page is told
by what browsers add to its requests (`Sec-Fetch-Site`, `Origin`), and one whose name was made to point here
(DNS rebinding) by the name it asks for. Programs send none of these headers and are let in.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Request

OWN = frozenset({"same-origin", "none"})


def is_foreign(request: Request, public_url: str) -> bool:
    """Whether a page of another origin sent this, or one under a name that is not ours."""
    if request.headers.get("Sec-Fetch-Site", "none") not in OWN:
        return True
    public = urlsplit(public_url)
    if not _is_ours(urlsplit(f"//{request.host}").hostname, public.hostname):
        return True
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc not in {request.host, public.netloc}


def _is_ours(host: str | None, public_host: str | None) -> bool:
    """An address cannot be made to point elsewhere; of names only two are ours."""
    if host in {"localhost", public_host}:
        return True
    try:
        ip_address(host or "")
    except ValueError:
        return False
    return True
