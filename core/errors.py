"""Refusals and faults that the domain may raise: a stable code and data, no HTTP and no sentences.

The sentence for each code is in `alliance/messages.py`, the HTTP status of each family in `alliance/problems.py`.
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """Something the caller asked for will not be done, and nothing has changed.

    `code` is stable and unique over the project: clients and tests rely on it. `data` holds what the sentence needs
    (numbers, names, times), never translated text. `replayed` is true when the refusal was given before and is
    repeated from its receipt.
    """

    code: ClassVar[str] = "domain_error"

    def __init__(self, **data: Any) -> None:
        super().__init__(type(self).code)
        self.data = data
        self.replayed = False


class NotFound(DomainError):
    """What was asked for does not exist, or does not exist for this reader."""

    code = "not_found"


class Forbidden(DomainError):
    """The actor is known and may not do this."""

    code = "forbidden"


class Unauthenticated(DomainError):
    """Nobody is signed in, or the session or token is no longer good."""

    code = "sign_in_needed"


class Conflict(DomainError):
    """The request contradicts something that has already happened."""

    code = "conflict"


class Refused(DomainError):
    """A rule of the programme says no."""

    code = "refused"


class Invalid(DomainError):
    """The input cannot be understood; `data["field"]` names the field where there is one."""

    code = "invalid_input"


class TooMany(DomainError):
    """A limit of tries is used up; `data["retry_after"]` is the wait in seconds."""

    code = "too_many_tries"


class Busy(DomainError):
    """Others are at work for too long; the same request may be sent again after `data["retry_after"]` seconds."""

    code = "unavailable"


class PermissionMissing(Forbidden):
    """The actor's roles do not include the permission `data["permission"]`."""

    code = "permission_missing"
