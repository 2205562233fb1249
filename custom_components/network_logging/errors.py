"""Errors of the connection to the program.

Each has a translation key, under which `strings.json` names the remedy.
"""

from __future__ import annotations

from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN


class NetlogError(HomeAssistantError):
    """The program could not be asked, or refused."""

    key = "cannot_connect"

    def __init__(self, **placeholders: str) -> None:
        """Take the values that the translated message names."""
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=self.key,
            translation_placeholders=placeholders,
        )


class ConnectionFailed(NetlogError):
    """No connection, or no answer in time."""

    def __init__(self, detail: str) -> None:
        """Take what the system said."""
        super().__init__(detail=detail)


class AuthError(NetlogError):
    """The token is missing or wrong."""

    key = "invalid_auth"


class HostRefused(NetlogError):
    """The program does not know the host name of the address."""

    key = "host_refused"


class Refused(NetlogError):
    """The program could not do what was asked, and says why."""

    key = "refused"

    def __init__(self, detail: str) -> None:
        """Take the words of the program."""
        super().__init__(detail=detail)


class Busy(NetlogError):
    """A test runs already."""

    key = "busy"


class DocumentError(NetlogError):
    """The answer is no state document."""

    key = "invalid_document"


class VersionError(NetlogError):
    """The state document has a version that this component does not read."""

    key = "unsupported_version"

    def __init__(self, version: int) -> None:
        """Take the version of the document."""
        super().__init__(version=str(version))
        self.version = version


class OtherSite(NetlogError):
    """The program watches another line than the one that was set up."""

    key = "other_site"

    def __init__(self, site: str, expected: str) -> None:
        """Take the site of the document and the one of the entry."""
        super().__init__(site=site, expected=expected)


class ProgramMissing(NetlogError):
    """There is no program under the path."""

    key = "program_missing"

    def __init__(self, path: str) -> None:
        """Take the path that was searched."""
        super().__init__(path=path)
