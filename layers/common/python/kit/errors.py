"""Errors that a use case may end in.

A domain raises one of these; `kit.http.problems` maps the class to a status once and answers problem+json. The
message is a sentence for the person reading it: it says what to do and holds nothing private.
"""

from typing import ClassVar


class DomainError(Exception):
    """A refusal that the caller can understand.

    `code` is stable and kebab-case (clients switch on it), `message` is for people, `field` names the offending
    input in the API's own spelling, `retry_after` is in seconds.
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
    """Nobody is signed in, or the credentials are not (or no longer) good.

    `sign_in_at` is the page where a browser is sent to mend that, if there is one.
    """

    status = 401
    sign_in_at: str | None = None


class Forbidden(DomainError):
    """Signed in, but this is not theirs to do."""

    status = 403


class NotFound(DomainError):
    """It is not there, or the caller must not learn that it is."""

    status = 404


class Gone(DomainError):
    """It was there, and never will be again."""

    status = 410


class Conflict(DomainError):
    """It collides with something that exists, or someone was faster."""

    status = 409


class InvalidState(DomainError):
    """The thing is in a state that does not allow this."""

    status = 409


class PreconditionFailed(DomainError):
    """The caller's version is not the current one: read again, then repeat."""

    status = 412


class TooLarge(DomainError):
    """More bytes than are accepted here."""

    status = 413


class Invalid(DomainError):
    """The input is malformed or cannot be meant; `field` says where."""

    status = 422


class Locked(DomainError):
    """Encrypted and not unlocked at the moment."""

    status = 423


class RateLimited(DomainError):
    """Too many tries; `retry_after` says when the next one counts."""

    status = 429


class Unavailable(DomainError):
    """Something we depend on is out of reach; nothing was changed."""

    status = 503
