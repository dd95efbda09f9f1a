"""World of one profile with all its possible events, and an oracle of its visibility.

The oracle is plain Python and independent of the product's code. Actions call the services in the
dashboard's database role; the probes call the handler.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from string import ascii_uppercase
from typing import Any

from escorts.domain.profiles import Profile
from escorts.domain.publication import PublicationAction
from escorts.domain.text_moderation import TextDecision
from escorts.domain.verification import VerificationChecks
from escorts.publisher import ProfileEvents
from escorts.repository import Directory, Profiles, Verifications
from escorts.repository.maintenance import MaintenanceRepository
from escorts.repository.slugs import slug_reader
from escorts.schemas.requests import CreateProfile
from escorts.service.moderation import Moderation, VerificationDecision
from escorts.service.my_profile import ProfileService
from escorts.service.text_moderation import TextModeration
from kit import clock
from kit.db import Database, UnitOfWork
from kit.errors import DomainError
from kit.ids import new_id
from tests.factories.escorts import PROFILE, make_account
from tests.fakes.escorts import PlainBirthDates
from tests.fixtures.functions import FunctionClient
from tests.integration.escorts.visibility_probes import VisibilityProbes

VALID_DAYS, STEP_DAYS = 100, 45


@dataclass(frozen=True)
class ExpectedState:
    """State of the profile as the oracle expects it."""

    statement: int
    status: str = "inactive"
    resumes: str = "inactive"
    hidden: bool = False
    consent: int = 0
    verified_until: int = -1
    account: bool = True
    law: bool = True
    day: int = 0
    closed: bool = False
    text: bool = True

    @property
    def public(self) -> bool:
        return (
            self.status == "active"
            and not self.hidden
            and not self.closed
            and self.text
            and self.consent >= self.statement
            and self.day < self.verified_until
            and self.account
            and self.law
        )


@dataclass
class VisibilityEnvironment:
    """Resources shared by all worlds of a test; each world has its own country."""

    owner: Database
    dashboard: Database
    web: Database
    visitor: FunctionClient
    shift: Callable[[int], None]
    countries: Iterator[str]

    @classmethod
    def build(
        cls,
        owner: Database,
        dashboard: Database,
        web: Database,
        visitor: FunctionClient,
        shift: Callable[[int], None],
    ) -> "VisibilityEnvironment":
        pairs = ("".join(pair) for pair in product("QXZ", ascii_uppercase))
        return cls(owner, dashboard, web, visitor, shift, pairs)


class VisibilityWorld:
    """One profile in a city without other profiles."""

    def __init__(self, environment: VisibilityEnvironment) -> None:
        self.environment = environment
        environment.shift(0)
        self.country = next(environment.countries)
        self.city = f"city-{self.country.lower()}"
        self._sql(
            """
            INSERT INTO escorts.cities
            SELECT %s, 'City ' || %s, %s, '', zone, currency, latitude, longitude
            FROM escorts.cities WHERE slug = 'berlin'
            """,
            self.city, self.country, self.country,
        )  # fmt: skip
        # Another capability of the same jurisdiction must not replace the listing capability.
        self._sql(
            "INSERT INTO escorts.jurisdictions VALUES (%s, '', 'booking.request', true, 'test')",
            self.country,
        )
        row = self._sql("SELECT max(version) AS version FROM escorts.consents")[0]
        self.expected = ExpectedState(row["version"])
        self._law_allows()
        self.user_id, self.staff_id = make_account(environment.owner, "escort"), new_id()
        body = CreateProfile.model_validate(PROFILE | {"city": self.city})
        with environment.dashboard.transaction() as work:
            profile = self._provider(work).create(
                self.user_id, body.to_content(), body.date_of_birth
            )
        self.profile_id, self.slug = profile.id, profile.slug
        self.former, self.saved = f"{profile.slug}-of-old", 0
        self._sql(
            "INSERT INTO escorts.slugs VALUES (%s, %s, '2026-01-01Z')", self.former, profile.id
        )

    def step(self, name: str) -> bool:
        """Perform the step if the product allows it, and update the oracle; tell whether it was."""
        act: Callable[[], ExpectedState] = getattr(self, "_" + name.replace("-", "_"))
        try:
            self.expected = act()
        except DomainError:
            return False
        return True

    def check_visibility(self) -> dict[str, bool]:
        """Return for each public read whether the profile is shown."""
        check_visibility = VisibilityProbes(
            self.environment.visitor, self.profile_id, self.slug, self.former, self.city
        )
        return check_visibility.check_all()

    def differences(self) -> list[dict[str, Any]]:
        """Return the differences between the search index and the profiles."""
        return self._sql("SELECT * FROM escorts.check_search()")

    # Actions of the owner.

    def _submit(self) -> ExpectedState:
        version = self.expected.statement
        self._as_owner(lambda p: p.submit(self.user_id, self.profile_id, version))
        return self._published()

    def _publish(self) -> ExpectedState:
        version = self.expected.statement
        self._as_owner(lambda p: p.publish(self.user_id, self.profile_id, version))
        return self._published()

    def _published(self) -> ExpectedState:
        return replace(
            self.expected, status="active", hidden=False, consent=self.expected.statement
        )

    def _withdraw(self) -> ExpectedState:
        self._move(PublicationAction.WITHDRAW)
        status = "suspended" if self.expected.status == "suspended" else "inactive"
        return replace(self.expected, status=status, resumes="inactive", consent=0, hidden=False)

    def _hide(self) -> ExpectedState:
        self._move(PublicationAction.HIDE)
        return replace(self.expected, hidden=True)

    def _show(self) -> ExpectedState:
        self._move(PublicationAction.SHOW)
        return replace(self.expected, hidden=False)

    def _move(self, action: PublicationAction) -> None:
        self._as_owner(lambda p: p.apply_action(self.user_id, self.profile_id, action))

    def _text_changes(self) -> ExpectedState:
        self._save("Calm, and fond of long dinners.")
        return replace(self.expected, text=True)

    def _save(self, bio: str) -> None:
        """Save a text that was not used before."""
        self.saved += 1
        self._as_owner(lambda p: self._update(p, f"{bio} {self.saved}"))

    def _update(self, provider: ProfileService, bio: str) -> Profile:
        profile = provider.get_own_for_update(self.user_id, self.profile_id)
        content = replace(profile.content, bio=bio)
        return provider.update(self.user_id, profile.id, profile.version, content)

    # Actions of staff.

    def _text_refused(self) -> ExpectedState:
        self._save("Nobody under 18, please. Fond of long dinners.")
        with self.environment.dashboard.transaction() as work:
            profiles, publisher = Profiles(work), ProfileEvents(work.outbox, slug_reader(work))
            reviews = profiles.text_reviews
            texts = TextModeration(reviews, profiles, Verifications(work), publisher, self._now)
            items = texts.list_pending(None, 50)[0]
            item = next(one for one in items if one.profile.id == self.profile_id)
            texts.decide(
                self.staff_id,
                item.review.id,
                TextDecision.REFUSED,
                seen=item.content_digest,
                reason="No.",
            )
        return replace(self.expected, text=False)

    def _review(self) -> ExpectedState:
        self._decide(VerificationDecision.IN_REVIEW)
        return self.expected

    def _verify(self) -> ExpectedState:
        now = self._now()
        self._decide(
            VerificationDecision.VERIFIED,
            VerificationChecks(now, now, now + timedelta(days=VALID_DAYS)),
        )
        return replace(self.expected, verified_until=self.expected.day + VALID_DAYS)

    def _reject(self) -> ExpectedState:
        self._decide(VerificationDecision.REJECTED)
        return replace(self.expected, verified_until=-1)

    def _revoke(self) -> ExpectedState:
        self._decide(VerificationDecision.REVOKED)
        return replace(self.expected, verified_until=-1)

    def _suspend(self) -> ExpectedState:
        self._as_staff(lambda m: m.suspend(self.staff_id, self.profile_id, "A reason."))
        return replace(self.expected, status="suspended", resumes=self.expected.status)

    def _restore(self) -> ExpectedState:
        self._as_staff(lambda m: m.restore(self.staff_id, self.profile_id, "A reason."))
        return replace(self.expected, status=self.expected.resumes)

    def _decide(
        self, decision: VerificationDecision, checks: VerificationChecks | None = None
    ) -> None:
        self._as_staff(
            lambda m: m.decide(
                self.staff_id, self.profile_id, decision, checks=checks, reason="A reason."
            )
        )

    # External events.

    def _account_suspended(self) -> ExpectedState:
        self._sql("UPDATE auth.users SET status = 'suspended' WHERE id = %s", self.user_id)
        return replace(self.expected, account=False)

    def _account_active(self) -> ExpectedState:
        self._sql("UPDATE auth.users SET status = 'active' WHERE id = %s", self.user_id)
        return replace(self.expected, account=True)

    def _law_forbids(self) -> ExpectedState:
        self._sql(
            "UPDATE escorts.jurisdictions SET allowed = false"
            " WHERE country = %s AND capability = 'directory.listing'",
            self.country,
        )
        return replace(self.expected, law=False)

    def _law_forgets(self) -> ExpectedState:
        self._sql(
            "DELETE FROM escorts.jurisdictions"
            " WHERE country = %s AND capability = 'directory.listing'",
            self.country,
        )
        return replace(self.expected, law=False)

    def _law_allows(self) -> ExpectedState:
        self._sql(
            """
            INSERT INTO escorts.jurisdictions VALUES (%s, '', 'directory.listing', true, 'test')
            ON CONFLICT (country, region, capability) DO UPDATE SET allowed = true
            """,
            self.country,
        )
        return replace(self.expected, law=True)

    def _statement_changes(self) -> ExpectedState:
        version = self.expected.statement + 1
        self._sql("INSERT INTO escorts.consents VALUES (%s, 'Another.', '2025-02-01Z')", version)
        return replace(self.expected, statement=version)

    def _time_passes(self) -> ExpectedState:
        day = self.expected.day + STEP_DAYS
        self.environment.shift(day)
        return replace(self.expected, day=day)

    def _expiry_noted(self) -> ExpectedState:
        with self.environment.dashboard.transaction() as work:
            Verifications(work).expire_due(500)
        return self.expected

    def _close(self) -> ExpectedState:
        if not self.expected.closed:
            with self.environment.owner.transaction() as work:
                MaintenanceRepository(work).close_profile(self.profile_id, self._now())
        return replace(self.expected, closed=True)

    # Helpers.

    def _now(self) -> datetime:
        return clock.now()

    def _as_owner(self, act: Callable[[ProfileService], object]) -> None:
        with self.environment.dashboard.transaction() as work:
            act(self._provider(work))

    def _as_staff(self, act: Callable[[Moderation], object]) -> None:
        with self.environment.dashboard.transaction() as work:
            profiles, verifications = Profiles(work), Verifications(work)
            publisher, sealed = ProfileEvents(work.outbox, slug_reader(work)), PlainBirthDates()
            act(Moderation(profiles, verifications, publisher, sealed, self._now))

    def _provider(self, work: UnitOfWork) -> ProfileService:
        profiles, verifications = Profiles(work), Verifications(work)
        publisher, sealed = ProfileEvents(work.outbox, slug_reader(work)), PlainBirthDates()
        return ProfileService(
            profiles, verifications, Directory(work), publisher, sealed, self._now
        )

    def _sql(self, statement: str, *parameters: Any) -> list[dict[str, Any]]:
        with self.environment.owner.transaction() as work:
            cursor = work.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []
