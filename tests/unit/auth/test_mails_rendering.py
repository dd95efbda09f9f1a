"""Rendering of mails: neutral, complete, with a working link."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from uuid import UUID

import pytest

from auth.domain.mails import (
    TOKEN_PURPOSES,
    MailPurpose,
    QueuedMail,
    render_mail,
)
from auth.domain.tokens import TOKEN_LENGTH, hash_token, new_token
from tests.fixtures.pseudo_language import untranslated

MAIL = QueuedMail(
    id=UUID(int=1),
    user_id=UUID(int=2),
    purpose=MailPurpose.VERIFY_EMAIL,
    detail=None,
    created_at=datetime(2031, 5, 24, 18, 30, tzinfo=UTC),
    sent_at=None,
    address="someone@example.com",
)
DETAILS = {
    MailPurpose.NEW_DEVICE: "Firefox/Linux",
    MailPurpose.TWO_STEP_CHANGED: "off",
    MailPurpose.SAVED_SEARCH: "2",
    MailPurpose.INACTIVITY_WARNING: "2031-06-07",
    MailPurpose.BOOKING_REQUESTED: "24",
    MailPurpose.BOOKING_ACCEPTED: "6",
    MailPurpose.BOOKING_EXPIRED: "deposit",
    MailPurpose.BOOKING_REMINDER: "48",
}
"""Facts of the mails that have one."""
ALL_DETAILS = {
    MailPurpose.NEW_DEVICE: ["Firefox/Linux", "Firefox", ""],
    MailPurpose.TWO_STEP_CHANGED: ["on", "off"],
    MailPurpose.SAVED_SEARCH: ["1", "2"],
    MailPurpose.BOOKING_EXPIRED: ["answer", "deposit"],
    MailPurpose.BOOKING_REMINDER: ["1", "24", "48"],
}
"""Facts that lead to different texts."""
REVEALING_WORDS = re.compile(
    r"escort|companion|model|sex|client|book|agency|provider|dat(e|ing)\b", re.IGNORECASE
)


@pytest.mark.parametrize("purpose", MailPurpose)
def test_render_mail_every_purpose_uses_neutral_words(purpose: MailPurpose) -> None:
    content = render_mail(
        replace(MAIL, purpose=purpose, detail=DETAILS.get(purpose)), "https://x.test", "t0k3n"
    )

    for text in (content.subject, content.text, content.html):
        # Mails are read over shoulders; only the URL of a link may contain such a word.
        assert not REVEALING_WORDS.search(text.replace("https://x.test/bookings", ""))
        assert "{" not in text
        assert "None" not in text


@pytest.mark.parametrize("purpose", MailPurpose)
def test_render_mail_token_only_in_purposes_that_need_one(purpose: MailPurpose) -> None:
    content = render_mail(
        replace(MAIL, purpose=purpose, detail=DETAILS.get(purpose)), "https://x.test", "t0k3n"
    )

    assert ("t0k3n" in content.text) is (purpose in TOKEN_PURPOSES)
    assert ("t0k3n" in content.html) is (purpose in TOKEN_PURPOSES)
    assert "t0k3n" not in content.subject


def test_render_mail_unsubscribe_path_adds_link_and_headers() -> None:
    request = replace(MAIL, purpose=MailPurpose.SAVED_SEARCH, detail="3")

    content = render_mail(request, "https://x.test", None, "/saved-searches/stop/t0k3n")

    assert content.headers == {
        "List-Unsubscribe": "<https://x.test/saved-searches/stop/t0k3n>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    for text in (content.text, content.html):
        assert "https://x.test/saved-searches/stop/t0k3n" in text
        assert "3 results" in text
    assert render_mail(request, "https://x.test", None).headers == {}


@pytest.mark.parametrize(
    ("purpose", "detail", "text"),
    [
        (MailPurpose.NEW_DEVICE, "Firefox/Linux", "signed in to from Firefox on Linux on 24 May"),
        (MailPurpose.NEW_DEVICE, "", "signed in to from an app on 24 May"),
        (MailPurpose.TWO_STEP_CHANGED, "on", "was turned on on 24 May"),
        (MailPurpose.TWO_STEP_CHANGED, "off", "was turned off on 24 May"),
        (MailPurpose.SAVED_SEARCH, "1", "that you saved: 1 result."),
        (MailPurpose.SAVED_SEARCH, "2", "that you saved: 2 results."),
        (MailPurpose.INACTIVITY_WARNING, "2031-06-07", "will be hidden on 7 June 2031."),
        (MailPurpose.BOOKING_REQUESTED, "1", "answer within 1 hour."),
        (MailPurpose.BOOKING_ACCEPTED, "24", "the deposit within 24 hours."),
        (MailPurpose.BOOKING_EXPIRED, "answer", "it was not answered in time."),
        (MailPurpose.BOOKING_EXPIRED, "deposit", "the deposit was not paid in time."),
        (MailPurpose.BOOKING_REMINDER, "1", "in about 1 hour."),
        (MailPurpose.BOOKING_REMINDER, "47", "in about 47 hours."),
        (MailPurpose.BOOKING_REMINDER, "48", "in about 2 days."),
    ],
)
def test_render_mail_detail_becomes_a_text(purpose: MailPurpose, detail: str, text: str) -> None:
    content = render_mail(replace(MAIL, purpose=purpose, detail=detail), "https://x.test", None)

    assert text in content.text
    assert text in content.html


def test_render_mail_detail_is_escaped() -> None:
    request = replace(MAIL, purpose=MailPurpose.NEW_DEVICE, detail="<img src=x>")

    content = render_mail(request, "https://x.test", None)

    assert "<img" not in content.html
    assert "24 May 2031, 18:30 UTC" in content.text


@pytest.mark.parametrize("purpose", MailPurpose)
def test_render_mail_every_purpose_is_translated(
    purpose: MailPurpose, pseudo_language: str
) -> None:
    for detail in ALL_DETAILS.get(purpose, [DETAILS.get(purpose)]):
        mail = replace(MAIL, purpose=purpose, detail=detail)
        content = render_mail(mail, "https://x.test", "t0k3n", "/saved-searches/stop/1")

        for text in (content.subject, escape(content.text), content.html):
            assert untranslated(text, "Firefox", "Linux") == []


def test_new_token_is_random_and_hashed() -> None:
    one, other = new_token(), new_token()

    assert one != other
    assert len(one) == TOKEN_LENGTH
    assert len(hash_token(one)) == 32
    assert one.encode() not in hash_token(one)
