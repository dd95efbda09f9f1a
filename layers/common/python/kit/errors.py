"""Errors of use cases.

A domain raises one of these; `kit.http.problems` maps the class to a status once and answers problem+json. The
message is a sentence for the person reading it: it says what to do and holds nothing private.
"""

from typing import ClassVar


class DomainError(Exception):
    """Base of the errors that are reported to the caller.

    `code` is stable and kebab-case (API clients switch on it), `message` is for people, `field` is the name of the
    refused input in the API, `retry_after` is in seconds.
    """

    status: ClassVar[int] = 400

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.retry_after = retry_after


class Unauthenticated(DomainError):
    """Error 401: no session, or the credentials are not (or no longer) valid.

    `sign_in_at` is the sign-in page to which a browser is redirected, if there is one.
    """

    status = 401
    sign_in_at: str | None = None


class Forbidden(DomainError):
    """Error 403: the caller is signed in but not permitted to do this."""

    status = 403


class NotFound(DomainError):
    """Error 404: the resource does not exist, or the caller must not learn that the resource exists."""

    status = 404


class Gone(DomainError):
    """Error 410: the resource was removed for good."""

    status = 410


class Conflict(DomainError):
    """Error 409: the change conflicts with an existing record or a concurrent change."""

    status = 409


class InvalidState(DomainError):
    """Error 409: the record's state does not allow this action."""

    status = 409


class PreconditionFailed(DomainError):
    """Error 412: the caller's version is not the current one: read again, then repeat."""

    status = 412


class TooLarge(DomainError):
    """Error 413: the request has more bytes than are accepted here."""

    status = 413


class Invalid(DomainError):
    """Error 422: the input is malformed or implausible; `field` says where."""

    status = 422


class Locked(DomainError):
    """Error 423: the data is encrypted and not unlocked at the moment."""

    status = 423


class RateLimited(DomainError):
    """Error 429: too many attempts; the next one is accepted after `retry_after` seconds."""

    status = 429


class Unavailable(DomainError):
    """Error 503: a service that we depend on is unreachable; nothing was changed."""

    status = 503
