"""Checklist of the steps that are left until a profile is public."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from escorts.domain.profiles import Content, Profile
from escorts.domain.publication import PublicationStatus
from escorts.domain.text_moderation import field_label
from escorts.domain.verification import OPEN_STATUSES, Verification, VerificationStatus
from kit.i18n import N_
from kit.i18n import gettext as _


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
    """Refused texts: field of the API and the moderator's reason."""


def list_missing_content(content: Content) -> list[ChecklistItem]:
    """Return a step for each part of the content that is still empty."""
    parts = (
        (content.bio, "bio", _("Write a few sentences about yourself.")),
        (content.languages, "languages", _("Choose the languages you speak.")),
        (content.services, "services", _("Choose the services you offer.")),
        (content.rates, "rates", _("Add at least one rate.")),
        (content.locations, "locations", _("Add at least one part of the city.")),
        (content.availability, "availability", _("Add your weekly hours.")),
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
        yield ChecklistItem(
            "account", _("Confirm your e-mail address: your account is not active.")
        )
    if not context.listing_allowed:
        yield ChecklistItem(
            "jurisdiction", _("Choose another city: listings are not allowed in this one.")
        )
    if profile.publication.status is PublicationStatus.SUSPENDED:
        reason = profile.suspension_reason or ""
        yield ChecklistItem(
            "suspended", _("Suspended by our staff: %(reason)s", reason=reason), waiting=True
        )
    elif profile.publication.status is PublicationStatus.INACTIVE:
        yield ChecklistItem(
            "publish", _("Publish the profile: it is a draft that only you can see.")
        )
    elif _is_consent_outdated(profile, context):
        yield ChecklistItem("consent", _("Agree to the current statement and publish again."))
    refused = ((_text_code(name), field_label(name), reason) for name, reason in context.refusals)
    for code, label, reason in dict.fromkeys(refused):
        yield ChecklistItem(
            code, _("Change your %(field)s: %(reason)s", field=label, reason=reason)
        )
    if profile.publication.hidden:
        yield ChecklistItem("hidden", _("Show the profile again: it is hidden."))


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
            _("Request verification: document, liveness check and a decision by our staff."),
        )
    elif latest.status in OPEN_STATUSES:
        yield ChecklistItem(
            "verification", _("Your verification is pending with our staff."), waiting=True
        )
    else:
        text = _(_REPEAT_TEXTS[latest.status])
        if latest.reason:
            text = f"{text} {_('Reason: %(reason)s', reason=latest.reason)}"
        yield ChecklistItem("verification", text)


def _text_code(field: str) -> str:
    """Return the code of a refused text: places and the address have pages of their own."""
    if field.startswith("locations."):
        return "text-places"
    return "text-address" if field == "slug" else "text"


_EXPIRED = N_("Request verification again: the last one has expired.")
_REPEAT_TEXTS = {
    VerificationStatus.VERIFIED: _EXPIRED,
    VerificationStatus.EXPIRED: _EXPIRED,
    VerificationStatus.REJECTED: N_("Request verification again: the last one was rejected."),
    VerificationStatus.REVOKED: N_("Request verification again: the last one was revoked."),
}
