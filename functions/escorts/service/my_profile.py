"""Own profile of a provider: content, publication and verification."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from escorts.domain.ages import date_everywhere, require_adult_age
from escorts.domain.blocked_terms import changed_texts, profile_texts, require_allowed_texts
from escorts.domain.cities import require_city
from escorts.domain.content import validate_content
from escorts.domain.profiles import Consent, Content, NewProfile, Profile
from escorts.domain.publication import PublicationAction
from escorts.domain.publication_checklist import (
    ChecklistContext,
    ChecklistItem,
    build_checklist,
    list_missing_content,
)
from escorts.domain.slugs import MAX_PER_PROFILE, require_slug, slug_candidates
from escorts.domain.verification import (
    OPEN_STATUSES,
    Verification,
    VerificationStatus,
    require_submittable,
)
from escorts.publisher import ProfileEvents
from escorts.repository import Directory, Profiles, Verifications
from escorts.repository.birth_date_encryption import BirthDateEncryption
from escorts.service.public_profiles import profile_not_found
from escorts.service.text_moderation import apply_review_policy
from kit.clock import Clock
from kit.errors import Conflict, Forbidden, InvalidState, NotFound, PreconditionFailed
from kit.i18n import gettext as _
from kit.ids import new_id


@dataclass(frozen=True, slots=True)
class ProfileOverview:
    """Profile with its checklist, as the owner sees it."""

    profile: Profile
    birth_date: date | None
    public: bool
    checklist: list[ChecklistItem]
    verification: Verification | None
    consent_version: int | None
    consent_text: str


@dataclass(frozen=True, slots=True)
class ProfileService:
    """Service for an owner's profile, on one transaction."""

    profiles: Profiles
    verifications: Verifications
    directory: Directory
    events: ProfileEvents
    birth_dates: BirthDateEncryption
    now: Clock

    def create(
        self, user_id: UUID, content: Content, birth_date: date, claimed_age: int | None = None
    ) -> Profile:
        """Create the user's only profile, as a draft; refuse a second one."""
        existing = self.profiles.by_user(user_id)
        if existing is not None:
            raise _profile_exists(existing)
        if self.profiles.was_closed_while_suspended(user_id):
            raise Forbidden(
                "closed-while-suspended",
                _("Your last profile was closed while it was suspended: contact us first."),
            )
        now = self.now()
        age = require_adult_age(birth_date, now, claimed=claimed_age)
        cities = self.directory.cities()
        content = validate_content(content, require_city(cities, content.city, "city"))
        matches = require_allowed_texts(profile_texts(content), self.profiles.blocked_terms())
        profile_id = new_id()
        options = slug_candidates(content.name, content.city, profile_id, {c.slug for c in cities})
        slug = next(one for one in options if self.profiles.claim_slug(one, profile_id, now))
        sealed = self.birth_dates.seal(profile_id, birth_date)
        added = self.profiles.add(
            NewProfile(profile_id, user_id, slug, content, age, sealed, date_everywhere(now), now)
        )
        if not added:
            # Two concurrent requests: the other one was first.
            raise _profile_exists(self.get(user_id))
        profile = self.get(user_id)
        apply_review_policy(self.profiles.text_reviews, profile, matches, now)
        self.events.emit_created(profile_id)
        return profile

    def get(self, user_id: UUID) -> Profile:
        """Return the user's profile."""
        profile = self.profiles.by_user(user_id)
        if profile is None:
            raise NotFound("no-profile", _("You have no profile yet: create one first."))
        self.profiles.record_activity(profile.id, self.now())
        return profile

    def get_overview(self, profile: Profile) -> ProfileOverview:
        """Return the profile with its checklist, verification and current statement."""
        history = self.verifications.list_for_profile(profile.id)
        consent = self.profiles.current_consent()
        cities = {city.slug: city for city in self.directory.cities()}
        now = self.now()
        checklist_context = ChecklistContext(
            account_active=self.profiles.is_account_active(profile.user_id),
            consent_required=consent[0] if consent else None,
            listing_allowed=cities[profile.content.city].listed,
            verified=any(item.is_current(now) for item in history),
            latest=history[0] if history else None,
            refusals=[
                (item.field, item.explanation)
                for item in self.profiles.text_reviews.list_open(profile.id)
                if item.explanation is not None
            ],
        )
        sealed = profile.birth_date_sealed
        return ProfileOverview(
            profile=profile,
            birth_date=self.birth_dates.open(profile.id, sealed) if sealed else None,
            public=self.directory.is_public(profile.id),
            checklist=build_checklist(profile, checklist_context),
            verification=checklist_context.latest,
            consent_version=checklist_context.consent_required,
            consent_text=consent[1] if consent else "",
        )

    def update(
        self,
        user_id: UUID,
        profile_id: UUID,
        version: int,
        content: Content,
        *,
        slug: str | None = None,
        birth_date: date | None = None,
    ) -> Profile:
        """Replace the content, if `version` is still the current one."""
        profile = self.get_own_for_update(user_id, profile_id)
        if profile.version != version:
            raise PreconditionFailed(
                "profile-changed",
                _("The profile was changed meanwhile: read it again, then repeat your change."),
            )
        cities = self.directory.cities()
        content = validate_content(content, require_city(cities, content.city, "city"))
        saved = profile_texts(profile.content, profile.slug)
        matches = require_allowed_texts(
            changed_texts(profile_texts(content, slug), saved), self.profiles.blocked_terms()
        )
        if slug is not None and slug != profile.slug:
            self._claim_slug(profile, require_slug(slug, {city.slug for city in cities}))
        if birth_date is not None:
            self._correct_birth_date(profile, birth_date)
        self.profiles.save_content(profile_id, slug or profile.slug, content, self.now())
        profile = self.get(user_id)
        apply_review_policy(self.profiles.text_reviews, profile, matches, self.now())
        self.events.emit_updated(profile_id, version + 1)
        return profile

    def publish(self, user_id: UUID, profile_id: UUID, consent_version: int) -> Profile:
        """Publish the profile with the owner's consent to the statement."""
        profile = self.get_own_for_update(user_id, profile_id)
        self._require_complete(profile)
        self._publish(profile, consent_version)
        return self.get(user_id)

    def submit(self, user_id: UUID, profile_id: UUID, consent_version: int) -> Profile:
        """Publish the profile and request verification in one step, since both are needed."""
        profile = self.get_own_for_update(user_id, profile_id)
        self._require_complete(profile)
        require_submittable(self.verifications.list_for_profile(profile_id), self.now())
        self._publish(profile, consent_version)
        request = Verification(new_id(), profile_id, VerificationStatus.PENDING, self.now())
        self.verifications.add(request)
        self.events.emit_verification_requested(request)
        return self.get(user_id)

    def apply_action(self, user_id: UUID, profile_id: UUID, action: PublicationAction) -> Profile:
        """Withdraw (which also withdraws consent), hide or show the profile."""
        profile = self.get_own_for_update(user_id, profile_id)
        standing = profile.publication.apply(action)
        consent = None if action is PublicationAction.WITHDRAW else profile.consent
        if (standing, consent) != (profile.publication, profile.consent):
            self.profiles.save_publication(
                profile_id, standing, consent, profile.suspension_reason, self.now()
            )
            self.events.emit_publication_action(profile_id, action)
        return self.get(user_id)

    def list_verifications(self, user_id: UUID, profile_id: UUID) -> list[Verification]:
        """Return the owner's requests for verification, newest first."""
        profile = self.profiles.by_id(profile_id)
        if profile is None or profile.user_id != user_id:
            raise profile_not_found()
        return self.verifications.list_for_profile(profile_id)

    def get_own_for_update(self, user_id: UUID, profile_id: UUID) -> Profile:
        """Lock and return the owner's profile; another owner's profile is not found."""
        profile = self.profiles.get_for_update(profile_id)
        if profile is None or profile.user_id != user_id:
            raise profile_not_found()
        self.profiles.record_activity(profile_id, self.now())
        return profile

    def _claim_slug(self, profile: Profile, slug: str) -> None:
        if not self.profiles.claim_slug(slug, profile.id, self.now()):
            raise Conflict("slug-taken", _("This address is taken: choose another."), field="slug")
        if self.profiles.count_slugs(profile.id) > MAX_PER_PROFILE:
            raise Conflict(
                "slugs-used-up",
                _("You have changed the address too often: go back to one you had."),
                field="slug",
            )

    def _correct_birth_date(self, profile: Profile, birth_date: date) -> None:
        history = self.verifications.list_for_profile(profile.id)
        checked_already = OPEN_STATUSES | {VerificationStatus.VERIFIED}
        if any(item.status in checked_already for item in history):
            raise InvalidState(
                "date-of-birth-checked",
                _("Your date of birth is being or was checked: write to us to correct it."),
                field="dateOfBirth",
            )
        now = self.now()
        age = require_adult_age(birth_date, now)
        sealed = self.birth_dates.seal(profile.id, birth_date)
        self.profiles.save_birth_date(profile.id, sealed, age, date_everywhere(now))

    def _require_complete(self, profile: Profile) -> None:
        missing = list_missing_content(profile.content)
        if missing:
            raise InvalidState("profile-incomplete", " ".join(item.text for item in missing))

    def _publish(self, profile: Profile, consent_version: int) -> None:
        standing = profile.publication.apply(PublicationAction.PUBLISH)
        current = self.profiles.current_consent()
        if current is None or consent_version != current[0]:
            raise Conflict(
                "consent-outdated",
                _(
                    "Read the statement and agree to version %(value)s of it.",
                    value=current[0] if current else "-",
                ),
                field="consentVersion",
            )
        self.profiles.save_publication(
            profile.id, standing, Consent(consent_version, self.now()), None, self.now()
        )
        self.events.emit_published(profile.id, consent_version)


def _profile_exists(profile: Profile) -> Conflict:
    return Conflict(
        "profile-exists",
        _("You have a profile already: change it at /api/v1/escorts/%(id)s.", id=profile.id),
    )
