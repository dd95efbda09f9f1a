"""Session store in memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from kit.auth import Audience, Session
from kit.auth.network_binding import network_changed_error
from kit.errors import Unavailable
from kit.ids import new_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class FakeSessions:
    """Session store of `kit.auth.access`; `unavailable` makes it unreachable."""

    def __init__(self) -> None:
        self.by_secret: dict[str, Session] = {}
        self.unavailable = False

    def __call__(self, _table: str) -> "FakeSessions":
        """Return this store where the class is called."""
        return self

    def add(
        self,
        role: str,
        audience: Audience,
        network: str = "203.0.113.7",
        *,
        network_change_allowed: bool = False,
    ) -> tuple[Session, str]:
        """Start a session; return it and its credential."""
        session = Session(
            id=new_id().hex,
            user_id=new_id(),
            role=role,
            audience=audience,
            device="tests",
            network=network,
            created_at=NOON,
            last_seen_at=NOON,
            expires_at=NOON + timedelta(hours=8),
            network_change_allowed=network_change_allowed,
        )
        credential = f"{session.id}.secret"
        self.by_secret[credential] = session
        return session, credential

    def end(self, session: Session) -> None:
        """End a session."""
        self.by_secret = {key: one for key, one in self.by_secret.items() if one != session}

    def update_network(self, session: Session, network: str) -> None:
        """Record that a session is used from another network."""
        found = next(key for key, one in self.by_secret.items() if one.id == session.id)
        self.by_secret[found] = (
            replace(session, network=network)
            if session.network_change_allowed
            else replace(session, network_changed_to=session.network_changed_to or network)
        )

    def get(self, session_id: str, user_id: UUID) -> Session | None:
        """Return the user's session."""
        self._require_available()
        found = [one for one in self.by_secret.values() if one.id == session_id]
        return self._live(found[0]) if found and found[0].user_id == user_id else None

    def by_credential(self, credential: str) -> Session | None:
        """Return the session of a cookie's credential."""
        self._require_available()
        return self._live(self.by_secret.get(credential))

    def _live(self, session: Session | None) -> Session | None:
        if session is not None and session.network_changed_to:
            raise network_changed_error()
        return session

    def _require_available(self) -> None:
        if self.unavailable:
            raise Unavailable("sessions-unavailable", "Try again.", retry_after=5)
