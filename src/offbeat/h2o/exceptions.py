"""H2O's names of errors, so that scripts that catch them catch offbeat's.

H2O raises one or another of them as its client or its server finds a fault. offbeat has one tree of errors, so the
names of all that a fault of the caller's can raise are names of its root; what needs a server is never raised.
"""

from __future__ import annotations

from offbeat.errors import OffbeatError

H2OError = OffbeatError
H2OSoftError = OffbeatError
H2OValueError = OffbeatError
H2OTypeError = OffbeatError
H2OResponseError = OffbeatError
H2OServerError = OffbeatError


class H2OStartupError(OffbeatError):
    """Never raised: no server starts."""


class H2OConnectionError(OffbeatError):
    """Never raised: there is nothing to connect to."""


class H2OJobCancelled(OffbeatError):  # noqa: N818 - H2O's name
    """Never raised: training runs in the script itself."""


class H2ODeprecationWarning(DeprecationWarning):
    """Never given; scripts silence it by name."""


class H2ODependencyWarning(Warning):
    """Never given; scripts silence it by name."""
