"""Completeness of what each status and each action needs outside the transition table."""

from dataclasses import replace
from datetime import timedelta
from typing import cast, get_args
from uuid import UUID

import pytest

from bookings.domain.booking import TransitionResult
from bookings.domain.transitions import (
    ACTIONS_WITH_REASON,
    REMINDERS,
    STATES,
    TIMER_RULES,
    TIMER_TRANSITIONS,
    TRANSITIONS,
    Action,
    Actor,
    Status,
    Timer,
    Transition,
)
from bookings.pages.booking_forms import PARTICIPANT_FORMS
from bookings.pages.client_booking import CLIENT_FORMS
from bookings.pages.transitions import ACTIONS, PROVIDER_BUTTONS, STATUSES, done_messages
from bookings.publisher import STATUS_EVENTS, BookingEvents
from bookings.routes.actions import ACTION_ROUTES
from bookings.schemas.fields import BookingStatus
from bookings.schemas.requests import UpdateBookingStatus
from bookings.service.set_status import ACTION_BY_TARGET
from kit.events import Event
from kit.outbox import Outbox
from tests.factories.bookings import NOON, a_booking

# Actions with an endpoint and a form of their own, since they need more than a reason.
WITH_OWN_INPUT = {Action.CANCEL, Action.PROPOSE, Action.REFUSE_PROPOSAL, Action.RESCHEDULE}


class FakeOutbox:
    """Outbox that keeps the events in a list."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, event: Event) -> None:
        self.events.append(event)


def actions_of(*actors: Actor) -> set[Action]:
    return {row.action for row in TRANSITIONS if row.actors & set(actors)}


def row_name(row: Transition) -> str:
    return f"{row.source}-{row.action}-{row.target}"


def test_every_status_has_properties_labels_event_and_api_value() -> None:
    assert set(STATES) == set(STATUSES) == set(STATUS_EVENTS) == set(Status)
    assert {str(status) for status in BookingStatus} == {one.replace("_", "-") for one in Status}


def test_every_action_has_texts() -> None:
    assert set(ACTIONS) == set(Action)
    for action in actions_of(Actor.CLIENT, Actor.PROVIDER, Actor.STAFF):
        assert ACTIONS[action].done, action
        assert ACTIONS[action].message, action
        assert ACTIONS[action].you, action
    for row in TRANSITIONS:
        assert ACTIONS[row.action].history.keys() >= row.actors, row.action


def test_every_slot_holding_status_explains_conflicts() -> None:
    for status, presentation in STATUSES.items():
        explained = bool(presentation.conflict) and bool(presentation.close_conflict)
        assert explained == STATES[status].holds_slot, status


@pytest.mark.parametrize("actor", [Actor.CLIENT, Actor.PROVIDER])
def test_done_messages_cover_every_form_of_the_actor(actor: Actor) -> None:
    keys = {ACTIONS[action].done for action in actions_of(actor)}

    assert set(done_messages(actor)) == keys


def test_every_action_of_a_person_has_an_endpoint() -> None:
    routes = [route.action for route in ACTION_ROUTES]

    assert len(routes) == len(set(routes))
    assert set(routes) == actions_of(Actor.CLIENT, Actor.PROVIDER, Actor.STAFF) - WITH_OWN_INPUT


def test_every_action_of_a_participant_has_a_form() -> None:
    shared = {form.done for form in PARTICIPANT_FORMS}
    buttons = {ACTIONS[button.action].done for button in PROVIDER_BUTTONS}

    assert {button.action for button in PROVIDER_BUTTONS} == actions_of(Actor.PROVIDER) - (
        WITH_OWN_INPUT - {Action.CANCEL}
    )
    for action in actions_of(Actor.PROVIDER):
        assert ACTIONS[action].done in shared | buttons
    for action in actions_of(Actor.CLIENT):
        assert ACTIONS[action].done in {form.done for form in CLIENT_FORMS}


def test_every_action_with_reason_asks_to_confirm() -> None:
    asking = {button.action for button in PROVIDER_BUTTONS if button.takes_reason}

    assert asking == set(ACTIONS_WITH_REASON)
    assert all(button.confirmation for button in PROVIDER_BUTTONS if button.takes_reason)


@pytest.mark.parametrize("row", TRANSITIONS, ids=row_name)
def test_publish_transition_publishes_the_event_of_the_target(row: Transition) -> None:
    outbox = FakeOutbox()
    before = a_booking(status=row.source)
    after = replace(
        before,
        status=row.target,
        deposit_due_at=NOON + timedelta(hours=1),
        rescheduled_to=UUID(int=2) if row.target is Status.RESCHEDULED else None,
    )
    for actor in row.actors:
        BookingEvents(cast("Outbox", outbox)).publish_transition(
            TransitionResult(before, after, row), actor
        )

    changes = row.source is not row.target
    assert [type(event) for event in outbox.events] == [STATUS_EVENTS[row.target]] * (
        len(row.actors) if changes else 0
    )


def test_older_clients_may_set_the_same_statuses_as_before() -> None:
    (accepted,) = (UpdateBookingStatus.model_fields["status"].annotation,)

    assert {one.replace("-", "_") for one in get_args(accepted)} == set(ACTION_BY_TARGET)
    for status, action in ACTION_BY_TARGET.items():
        assert status in {row.target for row in TRANSITIONS if row.action is action}


def test_every_timer_has_a_rule_and_an_effect() -> None:
    assert set(TIMER_RULES) == set(Timer)
    triggers = {timer for timer, _ in TIMER_TRANSITIONS}
    assert {*REMINDERS, *triggers, Timer.DELETE_ADDRESS} == set(Timer)
    for timer in triggers:
        sources = {status for found, status in TIMER_TRANSITIONS if found is timer}
        assert TIMER_RULES[timer].statuses == sources
    assert all(row.actors == {Actor.SYSTEM} for row in TIMER_TRANSITIONS.values())
