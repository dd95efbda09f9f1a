"""Options of time zone fields."""

from zoneinfo import ZoneInfo

from crm.pages.forms import time_zone_options


def test_time_zone_options_group_every_region_by_location() -> None:
    groups = dict(time_zone_options(""))
    assert ("Europe/Zurich", "Zurich") in groups["Europe"]
    assert ("America/Argentina/Buenos_Aires", "Argentina: Buenos Aires") in groups["America"]
    assert groups["Other"] == [("UTC", "UTC")]
    assert all(options == sorted(options) for options in groups.values())
    names = [name for options in groups.values() for name, _ in options]
    assert len(names) == len(set(names)) > 400
    assert all(ZoneInfo(name).key == name for name in names)


def test_time_zone_options_used_zone_is_listed_once() -> None:
    assert dict(time_zone_options("US/Eastern"))["Other"] == [
        ("UTC", "UTC"), ("US/Eastern", "US/Eastern"),
    ]  # fmt: skip
    assert dict(time_zone_options("Europe/Paris")) == dict(time_zone_options(""))
