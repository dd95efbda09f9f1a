"""Mails, documents, labels and errors of the client book in the pseudo-language."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from crm.domain import confirmations, passphrases
from crm.domain.audit_log import AuditAction, audit_label
from crm.domain.client_fields import BoundField
from crm.domain.client_files import parse_client_file
from crm.domain.clients import EDITED_FIELDS, Client, ClientProfile, ClientStatus
from crm.domain.communications import Communication
from crm.domain.data_requests import (
    DataRequestAnswer,
    DataRequestNotification,
    DeclineReason,
    SummarySection,
    access_answer,
    decline_answer,
    erasure_answer,
)
from crm.domain.enums import (
    STATE_TEXTS,
    CommunicationType,
    Direction,
    PaymentState,
    ScreeningResult,
    ScreeningType,
    VisitStatus,
    VisitType,
)
from crm.domain.export_container import open_sealed
from crm.domain.export_schema import EXPORT_TABLES
from crm.domain.normalisation import known_region, normalize_phone
from crm.domain.retention import RULES, DataClass, require_within_bounds
from crm.domain.screening import Screening
from crm.domain.subscriptions import SUBJECT, CampaignEmail
from crm.domain.visits import Visit
from crm.repository.communications import COMMUNICATIONS
from crm.repository.decryption import translated_placeholder
from crm.repository.encrypted_records import RecordPayload, Stored
from crm.repository.references import REFERENCES
from crm.repository.screening import SCREENINGS
from crm.repository.subscriptions import AREA_SUBSCRIPTIONS
from crm.repository.visits import VISITS
from crm.service.clear_workspace import clear_confirmation
from crm.service.data_requests import (
    _format_communication,
    _format_profile,
    _format_screening,
    _format_visit,
)
from crm.service.error_mapping import to_domain_error
from crm.service.exports import _readme
from crm.vault import errors as vault_errors
from kit.errors import DomainError
from kit.i18n import gettext as _
from tests.fixtures.pseudo_language import untranslated

pytestmark = pytest.mark.usefixtures("pseudo_language")

NOTE = "Σημείωση"
NOW = datetime(2026, 12, 1, 18, tzinfo=UTC)
LINK = "https://www.example.test/privacy"
RECORD_TYPES = (AREA_SUBSCRIPTIONS, COMMUNICATIONS, REFERENCES, SCREENINGS, VISITS)


def plain_words(text: str, *allowed: str) -> list[str]:
    """Return the untranslated texts of a plain text."""
    return untranslated(f"<p>{escape(text)}</p>", *allowed)


def stored[T: RecordPayload](payload: T) -> Stored[T]:
    return Stored(UUID(int=1), UUID(int=2), 1, NOW, NOW, payload)


def greek_value(field: BoundField) -> Any:
    if field.name == "reference_sites":
        return field.parse([f"{NOTE}: {NOTE}"])
    return (NOTE,) if field.is_list else NOTE


def test_campaign_email_is_translated_around_the_message() -> None:
    mail = CampaignEmail("leo@example.test", f"{NOTE} 1", LINK)
    for text in (_(SUBJECT), mail.text()):
        assert plain_words(text) == [], text
    assert untranslated(mail.html()) == []
    assert f'<a href="{LINK}">' in mail.html()


def test_data_request_notification_is_translated() -> None:
    mail = DataRequestNotification(LINK)
    for text in (mail.subject(), mail.text()):
        assert plain_words(text) == [], text
    assert untranslated(mail.html()) == []
    assert f'<a href="{LINK}">' in mail.html()


@pytest.mark.parametrize(
    "answer",
    [
        lambda: access_answer([SummarySection("notes", "Notes", NOTE)]),
        lambda: erasure_answer(all_of_it=True),
        lambda: erasure_answer(all_of_it=False),
        *(lambda reason=reason: decline_answer(reason) for reason in DeclineReason),
    ],
)
def test_data_request_answer_is_translated(answer: Callable[[], DataRequestAnswer | None]) -> None:
    found = answer()
    assert found is None or plain_words(found.text) == []


def test_data_request_summary_of_profile_is_translated() -> None:
    values: dict[str, Any] = {field.name: greek_value(field) for field in EDITED_FIELDS}
    client = Client(
        id=UUID(int=1),
        profile=ClientProfile(**values),
        status=ClientStatus(),
        version=1,
        created_at=NOW,
        updated_at=NOW,
    )
    text = _format_profile(client)
    assert plain_words(text) == []
    assert text.count(NOTE) >= 5


def test_data_request_summary_of_records_is_translated() -> None:
    for status in VisitStatus:
        visit = Visit(
            starts_at=NOW,
            time_zone="UTC",
            duration_minutes=90,
            type=VisitType.INCALL,
            status=status,
            currency="EUR",
            payment_status=PaymentState.PAID,
            received_minor=50_000,
            location=NOTE,
        )
        assert plain_words(_format_visit(stored(visit))) == []
    for channel, direction in product(CommunicationType, Direction):
        sent = Communication(type=channel, direction=direction, happened_at=NOW, text=NOTE)
        assert plain_words(_format_communication(stored(sent))) == []
    for kind, result in product(ScreeningType, ScreeningResult):
        screening = replace(Screening(type=kind, details=NOTE), status=result)
        assert plain_words(_format_screening(stored(screening))) == []


def test_export_readme_is_translated_but_for_names_of_the_format() -> None:
    names = ("data", "json", "fields", "document", "hellomahi", "crm", "export")
    for is_last in (True, False):
        text = _readme(2, is_last=is_last).replace("`fields`", "").replace("`document`", "")
        assert plain_words(text, *names) == []


@pytest.mark.parametrize(
    "label",
    [
        *map(audit_label, AuditAction),
        *(rule.about for rule in RULES.values()),
        *STATE_TEXTS.values(),
        *(table.label for table in EXPORT_TABLES),
        *(record_type.not_found for record_type in RECORD_TYPES),
        *(field.declaration.label for field in EDITED_FIELDS),
        *(field.fact_label for field in EDITED_FIELDS),
        *(field.declaration.hint for field in EDITED_FIELDS),
        *(field.data_request_label for field in EDITED_FIELDS),
    ],
)
def test_label_is_marked_for_translation(label: str) -> None:
    assert plain_words(_(label)) == []


def test_unreadable_record_placeholder_is_translated() -> None:
    for record_type in RECORD_TYPES:
        for text in translated_placeholder(record_type.placeholder).values():
            assert plain_words(text) == []


@pytest.mark.parametrize(
    "confirmation",
    [
        lambda: confirmations.ENABLE,
        lambda: confirmations.DISABLE,
        lambda: confirmations.RECOVERY_CODE,
        lambda: confirmations.ROTATE,
        lambda: confirmations.RECREATE,
        lambda: confirmations.delete_workspace_confirmation("1"),
        lambda: clear_confirmation("1"),
    ],
)
def test_confirmation_is_translated_and_accepts_its_translated_words(
    confirmation: Callable[[], confirmations.Confirmation],
) -> None:
    shown = confirmation()
    for text in (shown.title, *shown.sentences, shown.confirm):
        assert plain_words(_(text)) == [], text
    confirmations.require_confirmation(shown, _(shown.confirm).upper())


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in vars(vault_errors).values()
        if isinstance(kind, type) and issubclass(kind, vault_errors.VaultError)
    ],
)
def test_vault_error_is_translated(kind: type[vault_errors.VaultError]) -> None:
    assert plain_words(to_domain_error(kind()).message) == []


@pytest.mark.parametrize(
    "refused",
    [
        lambda: normalize_phone("12"),
        lambda: known_region("XX"),
        lambda: passphrases.check_passphrase("short", slug="mira"),
        lambda: require_within_bounds(DataClass.REFERENCES, 1),
        lambda: parse_client_file(b"\x00"),
        lambda: open_sealed("passphrase", b"not an archive"),
        *(lambda field=field: field.parse(["x" * 20_000]) for field in EDITED_FIELDS),
    ],
)
def test_refused_input_has_translated_message(refused: Callable[[], object]) -> None:
    with pytest.raises(DomainError) as error:
        refused()
    assert plain_words(error.value.message) == []


def test_visit_too_far_ahead_has_translated_message() -> None:
    visit = Visit(
        starts_at=NOW + timedelta(days=1_000),
        time_zone="UTC",
        duration_minutes=60,
        type=VisitType.INCALL,
        status=VisitStatus.PLANNED,
        currency="EUR",
    )
    with pytest.raises(DomainError) as refused:
        visit.check_time(NOW)
    assert plain_words(refused.value.message) == []
