"""What a provider does with her own profile."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from escorts.domain.ages import adult_age, today
from escorts.domain.blocked_terms import changed, require_allowed, texts_of
from escorts.domain.cities import require_city
from escorts.domain.content import checked
from escorts.domain.profiles import Consent, Content, NewProfile, Profile
from escorts.domain.publication import Action
from escorts.domain.publication_checklist import Circumstances, Todo, missing_content, todo
from escorts.domain.slugs import MAX_PER_PROFILE, candidates, require_slug
from escorts.domain.text_moderation import field_words
from escorts.domain.verification import (
    OPEN,
    Verification,
    VerificationStatus,
    require_submittable,
)
from escorts.publisher import Publisher
from escorts.repository import Directory, Profiles, Verifications
from escorts.repository.birth_date_encryption import BirthDates
from escorts.service.public_profiles import profile_not_found
from escorts.service.text_moderation import follow
from kit.clock import Clock
from kit.errors import Conflict, Forbidden, InvalidState, NotFound, PreconditionFailed
from kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Overview:
    """A profile as its owner sees it."""

    profile: Profile
    birth_date: date | None
    public: bool
    todo: list[Todo]
    verification: Verification | None
    consent_version: int | None
    consent_text: str


@dataclass(frozen=True, slots=True)
class Provider:
    """The use cases of an owner, on one transaction."""

    profiles: Profiles
    verifications: Verifications
    directory: Directory
    publisher: Publisher
    birth_dates: BirthDates
    now: Clock

    def create(
        self, user_id: UUID, content: Content, birth_date: date, claimed_age: int | None = None
    ) -> Profile:
        """Begin the user's one profile, as a draft; a second one is refused."""
        existing = self.profiles.by_user(user_id)
        if existing is not None:
            raise _exists(existing)
        if self.profiles.closed_while_suspended(user_id):
            raise Forbidden(
                "closed-while-suspended",
                "Your last profile was closed while it was suspended: write to us first.",
            )
        now = self.now()
        age = adult_age(birth_date, now, claimed=claimed_age)
        cities = self.directory.cities()
        content = checked(content, require_city(cities, content.city, "city"))
        doubtful = require_allowed(texts_of(content), self.profiles.blocked_terms())
        profile_id = new_id()
        options = candidates(content.name, content.city, profile_id, {c.slug for c in cities})
        slug = next(one for one in options if self.profiles.claim_slug(one, profile_id, now))
        sealed = self.birth_dates.seal(profile_id, birth_date)
        added = self.profiles.add(
            NewProfile(profile_id, user_id, slug, content, age, sealed, today(now), now)
        )
        if not added:
            # Two requests at the same moment: the other one was first.
            raise _exists(self.mine(user_id))
        profile = self.mine(user_id)
        follow(self.profiles.text_reviews, profile, doubtful, now)
        self.publisher.created(profile_id)
        return profile

    def mine(self, user_id: UUID) -> Profile:
        """Return the user's profile."""
        profile = self.profiles.by_user(user_id)
        if profile is None:
            raise NotFound("no-profile", "You have no profile yet: create one first.")
        self.profiles.seen(profile.id, self.now())
        return profile

    def overview(self, profile: Profile) -> Overview:
        """Return the profile with everything its owner wants to know about it."""
        history = self.verifications.history(profile.id)
        consent = self.profiles.current_consent()
        cities = {city.slug: city for city in self.directory.cities()}
        now = self.now()
        circumstances = Circumstances(
            account_active=self.profiles.account_is_active(profile.user_id),
            consent_required=consent[0] if consent else None,
            listing_allowed=cities[profile.content.city].listed,
            verified=any(item.is_current(now) for item in history),
            latest=history[0] if history else None,
            refusals=[
                (field_words(item.field), item.explanation)
                for item in self.profiles.text_reviews.standing(profile.id)
                if item.explanation is not None
            ],
        )
        sealed = profile.birth_date_sealed
        return Overview(
            profile=profile,
            birth_date=self.birth_dates.open(profile.id, sealed) if sealed else None,
            public=self.directory.is_public(profile.id),
            todo=todo(profile, circumstances),
            verification=circumstances.latest,
            consent_version=circumstances.consent_required,
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
        """Replace the content, if it is still the `version` that the owner looked at."""
        profile = self.own(user_id, profile_id)
        if profile.version != version:
            raise PreconditionFailed(
                "profile-changed",
                "The profile was changed meanwhile: read it again, then repeat your change.",
            )
        cities = self.directory.cities()
        content = checked(content, require_city(cities, content.city, "city"))
        said = texts_of(profile.content, profile.slug)
        doubtful = require_allowed(
            changed(texts_of(content, slug), said), self.profiles.blocked_terms()
        )
        if slug is not None and slug != profile.slug:
            self._claim(profile, require_slug(slug, {city.slug for city in cities}))
        if birth_date is not None:
            self._correct_birth_date(profile, birth_date)
        self.profiles.save_content(profile_id, slug or profile.slug, content, self.now())
        profile = self.mine(user_id)
        follow(self.profiles.text_reviews, profile, doubtful, self.now())
        self.publisher.updated(profile_id, version + 1)
        return profile

    def publish(self, user_id: UUID, profile_id: UUID, consent_version: int) -> Profile:
        """Say that the profile may be public, and agree to the statement."""
        profile = self.own(user_id, profile_id)
        self._require_complete(profile)
        self._publish(profile, consent_version)
        return self.mine(user_id)

    def submit(self, user_id: UUID, profile_id: UUID, consent_version: int) -> Profile:
        """Publish, and ask to be verified: both are needed, one step asks for both."""
        profile = self.own(user_id, profile_id)
        self._require_complete(profile)
        require_submittable(self.verifications.history(profile_id), self.now())
        self._publish(profile, consent_version)
        request = Verification(new_id(), profile_id, VerificationStatus.PENDING, self.now())
        self.verifications.add(request)
        self.publisher.verification_requested(request)
        return self.mine(user_id)

    def move(self, user_id: UUID, profile_id: UUID, action: Action) -> Profile:
        """Withdraw (which takes consent back), hide or show the profile."""
        profile = self.own(user_id, profile_id)
        standing = profile.standing.after(action)
        consent = None if action is Action.WITHDRAW else profile.consent
        if (standing, consent) != (profile.standing, profile.consent):
            self.profiles.save_standing(
                profile_id, standing, consent, profile.suspension_reason, self.now()
            )
            self.publisher.moved(profile_id, action)
        return self.mine(user_id)

    def history(self, user_id: UUID, profile_id: UUID) -> list[Verification]:
        """Return the owner's requests for verification, newest first."""
        profile = self.profiles.by_id(profile_id)
        if profile is None or profile.user_id != user_id:
            raise profile_not_found()
        return self.verifications.history(profile_id)

    def own(self, user_id: UUID, profile_id: UUID) -> Profile:
        """Return the profile, held until we are done; anybody else's is not there."""
        profile = self.profiles.for_change(profile_id)
        if profile is None or profile.user_id != user_id:
            raise profile_not_found()
        self.profiles.seen(profile_id, self.now())
        return profile

    def _claim(self, profile: Profile, slug: str) -> None:
        if not self.profiles.claim_slug(slug, profile.id, self.now()):
            raise Conflict("slug-taken", "This address is taken: choose another.", field="slug")
        if self.profiles.slugs_held(profile.id) > MAX_PER_PROFILE:
            raise Conflict(
                "slugs-used-up",
                "You have changed the address too often: go back to one you had.",
                field="slug",
            )

    def _correct_birth_date(self, profile: Profile, birth_date: date) -> None:
        history = self.verifications.history(profile.id)
        checked_already = OPEN | {VerificationStatus.VERIFIED}
        if any(item.status in checked_already for item in history):
            raise InvalidState(
                "date-of-birth-checked",
                "Your date of birth is being or was checked: write to us to correct it.",
                field="dateOfBirth",
            )
        now = self.now()
        age = adult_age(birth_date, now)
        sealed = self.birth_dates.seal(profile.id, birth_date)
        self.profiles.save_birth_date(profile.id, sealed, age, today(now))

    def _require_complete(self, profile: Profile) -> None:
        missing = missing_content(profile.content)
        if missing:
            raise InvalidState("profile-incomplete", " ".join(item.text for item in missing))

    def _publish(self, profile: Profile, consent_version: int) -> None:
        standing = profile.standing.after(Action.PUBLISH)
        current = self.profiles.current_consent()
        if current is None or consent_version != current[0]:
            raise Conflict(
                "consent-outdated",
                f"Read the statement and agree to version {current[0] if current else '-'} of it.",
                field="consentVersion",
            )
        self.profiles.save_standing(
            profile.id, standing, Consent(consent_version, self.now()), None, self.now()
        )
        self.publisher.published(profile.id, consent_version)


def _exists(profile: Profile) -> Conflict:
    return Conflict(
        "profile-exists", f"You have a profile already: change it at /api/v1/escorts/{profile.id}."
    )
