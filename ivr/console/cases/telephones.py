"""Several telephones in one field, a line each."""

from collections.abc import Collection, Sequence

from ivr.aftersales import numbers
from ivr.errors import Invalid


def read(lines: str, own: Collection[str]) -> list[str]:
    """The numbers in E.164 that these lines are, each once. Raises Invalid naming the first that is none."""
    return list(dict.fromkeys(_read(line, own) for line in lines.splitlines() if line.strip()))


def written(phones: Sequence[str]) -> str:
    """As `read` reads them."""
    return "\n".join(numbers.national(phone) for phone in phones)


def _read(line: str, own: Collection[str]) -> str:
    try:
        return numbers.written(line, own)
    except numbers.Unusable as fault:
        raise Invalid("a contact cannot be used", {"contacts": f"{line.strip()!r}: {fault}"}) from None
