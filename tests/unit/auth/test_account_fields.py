"""E-mail addresses, personal data, preferences, request origins."""

from datetime import date

import pytest

from auth.domain.email import normalize_email, parse_email
from auth.domain.personal_data import PersonalData
from auth.domain.preferences import Preferences
from auth.domain.request_origin import RequestOrigin, describe_device
from kit.errors import Invalid

TODAY = date(2031, 5, 24)


@pytest.mark.parametrize(
    "address",
    [
        "a@x.org",
        "first.last+tag@sub.example.co.uk",
        "o'neil@example.com",
        "a@xn--bcher-kva.example",
    ],
)
def test_parse_email_valid_address_is_returned(address: str) -> None:
    assert parse_email(f" {address} ") == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "a@", "@x.org", "a@x", "a b@x.org", "a@x..org", "a@-x.org", "ü@x.org"),
        *("a@x.org\nb@y", "a" * 65 + "@x.org", "a@" + "x" * 250 + ".org"),
    ],
)
def test_parse_email_malformed_address_is_rejected(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_email(text)

    assert refused.value.field == "email"


def test_normalize_email_ignores_case_and_spaces() -> None:
    assert normalize_email(" Mira@Example.COM") == normalize_email("mira@example.com")


@pytest.mark.parametrize("phone", ["+41 79 123 45 67", "+41791234567", "+41 (0)79 123 45 67"])
def test_personal_data_phone_becomes_e164(phone: str) -> None:
    assert PersonalData(phone=phone).validate(TODAY).phone == "+41791234567"


@pytest.mark.parametrize("phone", ["079 123 45 67", "+41 1", "call me", "+999 123456789"])
def test_personal_data_impossible_phone_is_rejected(phone: str) -> None:
    with pytest.raises(Invalid) as refused:
        PersonalData(phone=phone).validate(TODAY)

    assert refused.value.field == "phone"


@pytest.mark.parametrize(
    ("born", "adult"),
    [
        (date(2013, 5, 24), True),
        (date(2013, 5, 25), False),
        (date(2031, 5, 25), False),
        (date(1900, 1, 1), False),
    ],
)
def test_personal_data_birth_date_requires_a_living_adult(born: date, adult: bool) -> None:
    details = PersonalData(date_of_birth=born)

    if adult:
        details.validate(TODAY)
    else:
        with pytest.raises(Invalid):
            details.validate(TODAY)


def test_personal_data_json_round_trip() -> None:
    details = PersonalData("Mira", "Valen", "+41791234567", date(1994, 6, 15))

    assert PersonalData.from_json(details.to_json()) == details
    assert PersonalData.from_json(PersonalData().to_json()) == PersonalData()


@pytest.mark.parametrize(
    ("language", "zone", "field"),
    [
        ("EN", "UTC", "language"),
        ("en", "Mars/Base", "timeZone"),
        ("en", "../etc/passwd", "timeZone"),
    ],
)
def test_preferences_validate_unknown_value_is_rejected(
    language: str, zone: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        Preferences(language, zone).validate()

    assert refused.value.field == field


def test_preferences_defaults_are_valid_without_news_mail() -> None:
    Preferences().validate()

    assert not Preferences().news_mail


@pytest.mark.parametrize(
    ("agent", "description"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140 Safari/537.36 Edg/140",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (Android 16)", "Android"),
        ("curl/8.9", "an app"),
        ("", "an app"),
    ],
)
def test_describe_device_names_browser_and_system(agent: str, description: str) -> None:
    assert describe_device(RequestOrigin("203.0.113.7", agent).device) == description


def test_request_origin_device_hash_prefers_the_cookie() -> None:
    bare, other = RequestOrigin("203.0.113.7", "curl"), RequestOrigin("198.51.100.1", "curl")

    assert bare.device_hash == other.device_hash
    assert RequestOrigin("203.0.113.7", "curl", "one").device_hash != bare.device_hash
    # A forged user agent must not produce the hash of another device's cookie.
    assert (
        RequestOrigin("203.0.113.7", "one").device_hash
        != RequestOrigin("203.0.113.7", "x", "one").device_hash
    )
