"""Whether a locked package is known to be vulnerable: ``make audit``, and a part of ``make check``.

pip-audit reads the lock files and asks the package index's own service of advisories. Not every machine
reaches that service, and not every copy of an index has it: one knows no release, another knows each and
tells of no advisory, which would look like an audit that found nothing. So the service is first asked for a
release that is known to be vulnerable, and is believed only if it says so. Where it cannot be asked, that is
told by an exit status of its own, which ``make check`` lets pass.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests
from packaging.version import Version
from pip_audit._audit import Auditor
from pip_audit._dependency_source.requirement import RequirementSource
from pip_audit._service import ConnectionError as Unreachable
from pip_audit._service import PyPIService, ServiceError, VulnerabilityService
from pip_audit._service.interface import ResolvedDependency, SkippedDependency
from rich.console import Console

CLEAN, VULNERABLE, NOT_ASKED = 0, 1, 3

#: It sends credentials on to other hosts: CVE-2018-18074, fixed in 2.20.0.
KNOWN_TO_BE_VULNERABLE = ResolvedDependency("requests", Version("2.19.1"))

#: How long an answer may take, in seconds.
PATIENCE = 15


class NotAsked(Exception):
    """The service of advisories cannot be asked: nothing is known of the packages that are left."""


def findings(locks: Sequence[Path], service: VulnerabilityService) -> Iterator[str]:
    """What is wrong with the packages of these lock files that this platform would install.

    A release that the index knows no more is wrong too: such are taken away for what they do.

    Raises:
        NotAsked: the service does not answer, or not as a service of advisories does.
        DependencySourceError: a lock file pins no exact release, or without a hash, or contradicts another.
    """
    with _silence_told():
        _, known = service.query(KNOWN_TO_BE_VULNERABLE)
        if not known:
            raise NotAsked("it answers, but does not know what everybody knows")
        source = RequirementSource(list(locks), require_hashes=True, disable_pip=True)
        for package, advisories in Auditor(service).audit(source):
            if isinstance(package, SkippedDependency):
                yield f"{package.name}: {package.skip_reason}"
            elif isinstance(package, ResolvedDependency):
                for each in advisories:
                    names = ", ".join([each.id, *sorted(each.aliases)])
                    fixed = ", ".join(map(str, each.fix_versions)) or "no release"
                    yield f"{package.name} {package.version}: {names}, fixed in {fixed}"


@contextmanager
def _silence_told() -> Iterator[None]:
    try:
        yield
    except requests.RequestException as error:
        raise NotAsked(type(error).__name__) from error
    except ServiceError as error:
        if isinstance(error.__cause__, requests.HTTPError):
            raise NotAsked(f"it answers {error.__cause__.response.status_code}") from error
        if isinstance(error, Unreachable):
            raise NotAsked(str(error)) from error
        raise


def main(locks: Sequence[Path], service: VulnerabilityService) -> int:
    """Print each finding; the exit status is one of those above."""
    console = Console(soft_wrap=True, highlight=False)
    found = 0
    try:
        for finding in findings(locks, service):
            console.print(finding, markup=False)
            found += 1
    except NotAsked as why:
        console.print(f"The service of advisories was not asked: {why}. Nothing is known.", markup=False)
        return VULNERABLE if found else NOT_ASKED
    console.print(f"{found} advisories for the packages of {', '.join(map(str, locks))}", markup=False)
    return VULNERABLE if found else CLEAN


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]], PyPIService(timeout=PATIENCE)))
