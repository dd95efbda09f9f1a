"""What time brings to profiles whose owners do not come by, and to dates that are over."""

from dataclasses import dataclass
from datetime import timedelta

from escorts.domain.inactivity import Step
from escorts.publisher import Publisher
from escorts.repository.inactivity import Idleness
from kit.clock import Clock

BATCH = 500
KEPT = timedelta(days=8)
"""What is over stays as long as a page may still show its week; then nobody needs to know."""


@dataclass(frozen=True, slots=True)
class Idling:
    """Warns owners who have not been here for long, then hides their profiles."""

    idleness: Idleness
    publisher: Publisher
    now: Clock

    def run(self) -> int:
        """Do one batch; return how many."""
        now = self.now()
        due = self.idleness.due(now, BATCH)
        warned = [item for item in due if item.step(now) is Step.WARN]
        hidden = [item for item in due if item.step(now) is Step.HIDE]
        self.idleness.warned([item.profile_id for item in warned], now)
        self.idleness.hide([item.profile_id for item in hidden], now)
        for item in warned:
            self.publisher.idle_soon(item.profile_id, item.user_id, item.hides_at(now))
        for item in hidden:
            self.publisher.hidden_idle(item.profile_id, item.user_id)
        return len(due)


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Forgets where and when somebody was."""

    idleness: Idleness
    now: Clock

    def run(self) -> int:
        """Forget all that is long over; return of how many profiles."""
        return self.idleness.forget(self.now() - KEPT)
