"""What is still missing until a profile is public, as a list to work through."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from escorts.domain.profiles import Content, Profile
from escorts.domain.publication import PublicationStatus
from escorts.domain.verification import OPEN_STATUSES, Verification


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing to do, or to wait for (`waiting`: it is our turn)."""

    code: str
    text: str
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class ChecklistContext:
    """What the to-do list needs to know beside the profile itself."""

    account_active: bool
    consent_required: int | None
    listing_allowed: bool
    verified: bool
    latest: Verification | None
    refusals: Sequence[tuple[str, str]] = ()
    """Texts that a moderator refused: what they are, and why."""


def list_missing_content(content: Content) -> list[ChecklistItem]:
    """Return what a complete profile has and this one has not."""
    wanted = (
        (content.bio, "bio", "Write a few sentences about yourself."),
        (content.languages, "languages", "Choose the languages you speak."),
        (content.services, "services", "Choose the services you offer."),
        (content.rates, "rates", "Add at least one rate."),
        (content.locations, "locations", "Add at least one part of the city."),
        (content.availability, "availability", "Add the hours of your week."),
    )
    return [ChecklistItem(code, text) for value, code, text in wanted if not value]


def build_checklist(profile: Profile, now: ChecklistContext) -> list[ChecklistItem]:
    """Return everything between `profile` and the public, in the order to do it."""
    return [
        *list_missing_content(profile.content),
        *_list_publication_items(profile, now),
        *_list_verification_items(now),
    ]


def _list_publication_items(profile: Profile, now: ChecklistContext) -> Iterable[ChecklistItem]:
    if not now.account_active:
        yield ChecklistItem("account", "Confirm your e-mail address: your account is not active.")
    if not now.listing_allowed:
        yield ChecklistItem(
            "jurisdiction", "Choose another city: we may not list anybody in this one."
        )
    if profile.publication.status is PublicationStatus.SUSPENDED:
        reason = profile.suspension_reason or ""
        yield ChecklistItem("suspended", f"Suspended by our staff: {reason}", waiting=True)
    elif profile.publication.status is PublicationStatus.INACTIVE:
        yield ChecklistItem("publish", "Publish the profile: it is a draft that only you see.")
    elif _is_consent_outdated(profile, now):
        yield ChecklistItem("consent", "Agree to the current statement and publish again.")
    for what, why in dict.fromkeys(now.refusals):
        yield ChecklistItem(_TEXT_CODES.get(what, "text"), f"Change your {what}: {why}")
    if profile.publication.hidden:
        yield ChecklistItem("hidden", "Show the profile again: it is hidden.")


def _is_consent_outdated(profile: Profile, now: ChecklistContext) -> bool:
    given = profile.consent.version if profile.consent else 0
    return now.consent_required is None or given < now.consent_required


def _list_verification_items(now: ChecklistContext) -> Iterable[ChecklistItem]:
    if now.verified:
        return
    latest = now.latest
    if latest is None:
        yield ChecklistItem(
            "verification", "Ask for verification: document, liveness, a person's decision."
        )
    elif latest.status in OPEN_STATUSES:
        yield ChecklistItem(
            "verification", "Your verification is waiting for our staff.", waiting=True
        )
    else:
        reason = f" Reason: {latest.reason}" if latest.reason else ""
        ended = latest.status.value.replace("_", " ")
        yield ChecklistItem(
            "verification", f"Ask for verification again: the last one {_ENDINGS[ended]}.{reason}"
        )


# Where to change what: the other texts are part of the profile's own page.
_TEXT_CODES = {"places": "text-places", "address": "text-address"}
_ENDINGS = {
    "verified": "has expired",
    "expired": "has expired",
    "rejected": "was rejected",
    "revoked": "was revoked",
}
