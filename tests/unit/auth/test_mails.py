"""The words of our mails: neutral, complete, and with a link that works."""

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

REQUEST = QueuedMail(
    id=UUID(int=1),
    user_id=UUID(int=2),
    purpose=MailPurpose.VERIFY_EMAIL,
    detail=None,
    created_at=datetime(2031, 5, 24, 18, 30, tzinfo=UTC),
    sent_at=None,
    address="someone@example.com",
)
TRADE = re.compile(
    r"escort|companion|model|sex|client|book|agency|provider|dat(e|ing)\b", re.IGNORECASE
)


@pytest.mark.parametrize("purpose", MailPurpose)
def test_nothing_betrays_the_trade(purpose: MailPurpose) -> None:
    words = render_mail(
        replace(REQUEST, purpose=purpose, detail="a phone"), "https://x.test", "t0k3n"
    )

    for text in (words.subject, words.text, words.html):
        # Where it leads is an address of ours; what it says is read over shoulders.
        assert not TRADE.search(text.replace("https://x.test/bookings", ""))
        assert "{" not in text
        assert "None" not in text


@pytest.mark.parametrize("purpose", MailPurpose)
def test_the_token_is_in_the_mails_that_need_one(purpose: MailPurpose) -> None:
    words = render_mail(replace(REQUEST, purpose=purpose), "https://x.test", "t0k3n")

    assert ("t0k3n" in words.text) is (purpose in TOKEN_PURPOSES)
    assert ("t0k3n" in words.html) is (purpose in TOKEN_PURPOSES)
    assert "t0k3n" not in words.subject


def test_what_may_be_ended_says_how() -> None:
    request = replace(REQUEST, purpose=MailPurpose.SAVED_SEARCH, detail=format_result_count(3))

    words = render_mail(request, "https://x.test", None, "/saved-searches/stop/t0k3n")

    assert words.headers == {
        "List-Unsubscribe": "<https://x.test/saved-searches/stop/t0k3n>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    for text in (words.text, words.html):
        assert "https://x.test/saved-searches/stop/t0k3n" in text
        assert "3 results" in text
    assert render_mail(request, "https://x.test", None).headers == {}


def test_one_is_not_many() -> None:
    assert (format_result_count(1), format_result_count(2)) == ("1 result", "2 results")


def test_a_device_cannot_write_html() -> None:
    request = replace(REQUEST, purpose=MailPurpose.NEW_DEVICE, detail="<img src=x>")

    words = render_mail(request, "https://x.test", None)

    assert "<img" not in words.html
    assert "24 May 2031, 18:30 UTC" in words.text


def test_tokens_are_random_and_kept_as_a_hash() -> None:
    one, other = new_token(), new_token()

    assert one != other
    assert len(one) == TOKEN_LENGTH
    assert len(hash_token(one)) == 32
    assert one.encode() not in hash_token(one)
