"""What is still missing until a profile is public, as a list to work through."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from escorts.domain.profiles import Content, Profile
from escorts.domain.publication import Status
from escorts.domain.verification import OPEN, Verification


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do, or to wait for (`waiting`: it is our turn)."""

    code: str
    text: str
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the to-do list needs to know beside the profile itself."""

    account_active: bool
    consent_required: int | None
    listing_allowed: bool
    verified: bool
    latest: Verification | None
    refusals: Sequence[tuple[str, str]] = ()
    """Texts that a moderator refused: what they are, and why."""


def missing_content(content: Content) -> list[Todo]:
    """Return what a complete profile has and this one has not."""
    wanted = (
        (content.bio, "bio", "Write a few sentences about yourself."),
        (content.languages, "languages", "Choose the languages you speak."),
        (content.services, "services", "Choose the services you offer."),
        (content.rates, "rates", "Add at least one rate."),
        (content.locations, "locations", "Add at least one part of the city."),
        (content.availability, "availability", "Add the hours of your week."),
    )
    return [Todo(code, text) for value, code, text in wanted if not value]


def todo(profile: Profile, now: Circumstances) -> list[Todo]:
    """Return everything between `profile` and the public, in the order to do it."""
    return [*missing_content(profile.content), *_circumstances(profile, now), *_checks(now)]


def _circumstances(profile: Profile, now: Circumstances) -> Iterable[Todo]:
    if not now.account_active:
        yield Todo("account", "Confirm your e-mail address: your account is not active.")
    if not now.listing_allowed:
        yield Todo("jurisdiction", "Choose another city: we may not list anybody in this one.")
    if profile.standing.status is Status.SUSPENDED:
        reason = profile.suspension_reason or ""
        yield Todo("suspended", f"Suspended by our staff: {reason}", waiting=True)
    elif profile.standing.status is Status.INACTIVE:
        yield Todo("publish", "Publish the profile: it is a draft that only you see.")
    elif _outdated(profile, now):
        yield Todo("consent", "Agree to the current statement and publish again.")
    for what, why in dict.fromkeys(now.refusals):
        yield Todo(_CHANGE.get(what, "text"), f"Change your {what}: {why}")
    if profile.standing.hidden:
        yield Todo("hidden", "Show the profile again: it is hidden.")


def _outdated(profile: Profile, now: Circumstances) -> bool:
    given = profile.consent.version if profile.consent else 0
    return now.consent_required is None or given < now.consent_required


def _checks(now: Circumstances) -> Iterable[Todo]:
    if now.verified:
        return
    latest = now.latest
    if latest is None:
        yield Todo("verification", "Ask for verification: document, liveness, a person's decision.")
    elif latest.status in OPEN:
        yield Todo("verification", "Your verification is waiting for our staff.", waiting=True)
    else:
        reason = f" Reason: {latest.reason}" if latest.reason else ""
        ended = latest.status.value.replace("_", " ")
        yield Todo(
            "verification", f"Ask for verification again: the last one {_IS[ended]}.{reason}"
        )


# Where to change what: the other texts are part of the profile's own page.
_CHANGE = {"places": "text-places", "address": "text-address"}
_IS = {
    "verified": "has expired",
    "expired": "has expired",
    "rejected": "was rejected",
    "revoked": "was revoked",
}
