"""Rendering of mails: neutral, complete, with a working link."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from auth.domain.mails import (
    TOKEN_PURPOSES,
    MailPurpose,
    QueuedMail,
    format_result_count,
    render_mail,
)
from auth.domain.tokens import TOKEN_LENGTH, hash_token, new_token

MAIL = QueuedMail(
    id=UUID(int=1),
    user_id=UUID(int=2),
    purpose=MailPurpose.VERIFY_EMAIL,
    detail=None,
    created_at=datetime(2031, 5, 24, 18, 30, tzinfo=UTC),
    sent_at=None,
    address="someone@example.com",
)
REVEALING_WORDS = re.compile(
    r"escort|companion|model|sex|client|book|agency|provider|dat(e|ing)\b", re.IGNORECASE
)


@pytest.mark.parametrize("purpose", MailPurpose)
def test_render_mail_every_purpose_uses_neutral_words(purpose: MailPurpose) -> None:
    content = render_mail(
        replace(MAIL, purpose=purpose, detail="a phone"), "https://x.test", "t0k3n"
    )

    for text in (content.subject, content.text, content.html):
        # Mails are read over shoulders; only the URL of a link may contain such a word.
        assert not REVEALING_WORDS.search(text.replace("https://x.test/bookings", ""))
        assert "{" not in text
        assert "None" not in text


@pytest.mark.parametrize("purpose", MailPurpose)
def test_render_mail_token_only_in_purposes_that_need_one(purpose: MailPurpose) -> None:
    content = render_mail(replace(MAIL, purpose=purpose), "https://x.test", "t0k3n")

    assert ("t0k3n" in content.text) is (purpose in TOKEN_PURPOSES)
    assert ("t0k3n" in content.html) is (purpose in TOKEN_PURPOSES)
    assert "t0k3n" not in content.subject


def test_render_mail_unsubscribe_path_adds_link_and_headers() -> None:
    request = replace(MAIL, purpose=MailPurpose.SAVED_SEARCH, detail=format_result_count(3))

    content = render_mail(request, "https://x.test", None, "/saved-searches/stop/t0k3n")

    assert content.headers == {
        "List-Unsubscribe": "<https://x.test/saved-searches/stop/t0k3n>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    for text in (content.text, content.html):
        assert "https://x.test/saved-searches/stop/t0k3n" in text
        assert "3 results" in text
    assert render_mail(request, "https://x.test", None).headers == {}


def test_format_result_count_singular_and_plural() -> None:
    assert (format_result_count(1), format_result_count(2)) == ("1 result", "2 results")


def test_render_mail_detail_is_escaped() -> None:
    request = replace(MAIL, purpose=MailPurpose.NEW_DEVICE, detail="<img src=x>")

    content = render_mail(request, "https://x.test", None)

    assert "<img" not in content.html
    assert "24 May 2031, 18:30 UTC" in content.text


def test_new_token_is_random_and_hashed() -> None:
    one, other = new_token(), new_token()

    assert one != other
    assert len(one) == TOKEN_LENGTH
    assert len(hash_token(one)) == 32
    assert one.encode() not in hash_token(one)
