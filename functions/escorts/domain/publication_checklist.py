"""Checklist of the steps that are left until a profile is public."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from escorts.domain.profiles import Content, Profile
from escorts.domain.publication import PublicationStatus
from escorts.domain.verification import OPEN_STATUSES, Verification


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One step for the owner, or a wait for staff (`waiting`)."""

    code: str
    text: str
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class ChecklistContext:
    """Facts besides the profile that the checklist depends on."""

    account_active: bool
    consent_required: int | None
    listing_allowed: bool
    verified: bool
    latest: Verification | None
    refusals: Sequence[tuple[str, str]] = ()
    """Refused texts: label of the field and the moderator's reason."""


def list_missing_content(content: Content) -> list[ChecklistItem]:
    """Return a step for each part of the content that is still empty."""
    parts = (
        (content.bio, "bio", "Write a few sentences about yourself."),
        (content.languages, "languages", "Choose the languages you speak."),
        (content.services, "services", "Choose the services you offer."),
        (content.rates, "rates", "Add at least one rate."),
        (content.locations, "locations", "Add at least one part of the city."),
        (content.availability, "availability", "Add your weekly hours."),
    )
    return [ChecklistItem(code, text) for value, code, text in parts if not value]


def build_checklist(profile: Profile, context: ChecklistContext) -> list[ChecklistItem]:
    """Return all steps that are left until `profile` is public, in the order to do them."""
    return [
        *list_missing_content(profile.content),
        *_list_publication_items(profile, context),
        *_list_verification_items(context),
    ]


def _list_publication_items(profile: Profile, context: ChecklistContext) -> Iterable[ChecklistItem]:
    if not context.account_active:
        yield ChecklistItem("account", "Confirm your e-mail address: your account is not active.")
    if not context.listing_allowed:
        yield ChecklistItem(
            "jurisdiction", "Choose another city: listings are not allowed in this one."
        )
    if profile.publication.status is PublicationStatus.SUSPENDED:
        reason = profile.suspension_reason or ""
        yield ChecklistItem("suspended", f"Suspended by our staff: {reason}", waiting=True)
    elif profile.publication.status is PublicationStatus.INACTIVE:
        yield ChecklistItem("publish", "Publish the profile: it is a draft that only you can see.")
    elif _is_consent_outdated(profile, context):
        yield ChecklistItem("consent", "Agree to the current statement and publish again.")
    for field, reason in dict.fromkeys(context.refusals):
        yield ChecklistItem(_TEXT_CODES.get(field, "text"), f"Change your {field}: {reason}")
    if profile.publication.hidden:
        yield ChecklistItem("hidden", "Show the profile again: it is hidden.")


def _is_consent_outdated(profile: Profile, context: ChecklistContext) -> bool:
    given = profile.consent.version if profile.consent else 0
    return context.consent_required is None or given < context.consent_required


def _list_verification_items(context: ChecklistContext) -> Iterable[ChecklistItem]:
    if context.verified:
        return
    latest = context.latest
    if latest is None:
        yield ChecklistItem(
            "verification",
            "Request verification: document, liveness check and a decision by our staff.",
        )
    elif latest.status in OPEN_STATUSES:
        yield ChecklistItem(
            "verification", "Your verification is pending with our staff.", waiting=True
        )
    else:
        reason = f" Reason: {latest.reason}" if latest.reason else ""
        ended = latest.status.value.replace("_", " ")
        yield ChecklistItem(
            "verification", f"Request verification again: the last one {_ENDINGS[ended]}.{reason}"
        )


# Codes of texts that are not edited on the profile's own page.
_TEXT_CODES = {"places": "text-places", "address": "text-address"}
_ENDINGS = {
    "verified": "has expired",
    "expired": "has expired",
    "rejected": "was rejected",
    "revoked": "was revoked",
}
