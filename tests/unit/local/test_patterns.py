"""Unit tests of event patterns, after EventBridge's documentation."""

from typing import Any

import pytest

from local.services.patterns import PatternError, check, matches

EVENT: dict[str, Any] = {
    "source": "hellomahi.auth",
    "detail-type": "MailQueued",
    "account": "000000000000",
    "detail": {
        "kind": "verify",
        "count": 5,
        "price": 12.5,
        "empty": "",
        "nothing": None,
        "flag": True,
        "ip": "10.1.2.3",
        "file": "/var/lib/photo.PNG",
        "tags": ["new", "spain"],
        "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 9}],
    },
}


def detail(**pattern: Any) -> dict[str, Any]:
    return {"detail": pattern}


MATCHING = [
    {"source": ["hellomahi.auth"]},
    {"source": ["other", "hellomahi.auth"], "detail-type": ["MailQueued"]},
    {"source": [{"prefix": "hellomahi."}]},
    {"source": [{"prefix": {"equals-ignore-case": "HELLO"}}]},
    {"source": [{"suffix": ".auth"}]},
    {"source": [{"equals-ignore-case": "HelloMahi.Auth"}]},
    {"source": [{"wildcard": "hello*.a*h"}]},
    {"source": [{"anything-but": "x"}]},
    {"source": [{"anything-but": ["x", "y"]}]},
    {"source": [{"anything-but": {"prefix": "aws."}}]},
    {"source": [{"anything-but": {"suffix": [".crm", ".chat"]}}]},
    {"source": [{"anything-but": {"wildcard": "*crm*"}}]},
    detail(count=[5]),
    detail(count=[5.0]),
    detail(count=[{"numeric": [">", 0, "<=", 5]}]),
    detail(price=[{"numeric": ["=", 12.5]}]),
    detail(empty=[""]),
    detail(nothing=[None]),
    detail(flag=[True]),
    detail(ip=[{"cidr": "10.0.0.0/8"}]),
    detail(file=[{"suffix": {"equals-ignore-case": ".png"}}]),
    detail(tags=["spain"]),
    detail(tags=[{"anything-but": ["new"]}]),
    detail(absent=[{"exists": False}]),
    detail(kind=[{"exists": True}]),
    detail(lines={"sku": ["b"]}),
    detail(absent={"deeper": [{"exists": False}]}),
    {"$or": [{"source": ["nobody"]}, {"detail": {"kind": ["verify"]}}]},
]

NOT_MATCHING = [
    {"source": ["hellomahi"]},
    {"source": ["hellomahi.auth"], "detail-type": ["AccountClosed"]},
    {"source": [{"prefix": "auth"}]},
    {"source": [{"wildcard": "hello"}]},
    {"source": [{"anything-but": "hellomahi.auth"}]},
    {"source": [{"anything-but": {"prefix": "hellomahi"}}]},
    detail(count=["5"]),
    detail(flag=[1]),
    detail(count=[True]),
    detail(count=[{"numeric": [">", 5]}]),
    detail(kind=[{"numeric": [">", 5]}]),
    detail(ip=[{"cidr": "192.168.0.0/16"}]),
    detail(kind=[{"cidr": "192.168.0.0/16"}]),
    detail(absent=["x"]),
    detail(absent=[{"anything-but": "x"}]),
    detail(absent=[{"exists": True}]),
    detail(kind=[{"exists": False}]),
    detail(tags=["old"]),
    detail(lines={"sku": ["c"]}),
    detail(kind={"deeper": ["x"]}),
    {"$or": [{"source": ["nobody"]}, {"detail": {"kind": ["reset"]}}]},
]


@pytest.mark.parametrize("pattern", MATCHING, ids=str)
def test_pattern_matches_event(pattern: dict[str, Any]) -> None:
    check(pattern)
    assert matches(pattern, EVENT)


@pytest.mark.parametrize("pattern", NOT_MATCHING, ids=str)
def test_pattern_does_not_match_event(pattern: dict[str, Any]) -> None:
    check(pattern)
    assert not matches(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"source": "hellomahi.auth"},
        {"source": []},
        {"source": [{"prefx": "a"}]},
        {"source": [{"prefix": 1}]},
        {"source": [{"numeric": [">"]}]},
        {"source": [{"numeric": ["~", 1]}]},
        {"source": [{"cidr": "ten"}]},
        {"source": [{"exists": "yes"}]},
        {"source": [{"wildcard": "a**b"}]},
        {"source": [{"anything-but": {"cidr": "10.0.0.0/8"}}]},
        {"source": [{"prefix": "a", "suffix": "b"}]},
        {"$or": [{"source": [{"unknown": 1}]}]},
    ],
    ids=str,
)
def test_pattern_invalid_is_refused(pattern: dict[str, Any]) -> None:
    with pytest.raises(PatternError):
        check(pattern)


def test_pattern_wildcard_takes_other_characters_literally() -> None:
    assert matches({"a": [{"wildcard": r"1.\*?*"}]}, {"a": "1.*?end"})
    assert not matches({"a": [{"wildcard": "1.2"}]}, {"a": "1x2"})
