"""End-to-end tests of starting, stopping and killing the local cloud."""

import re
import signal
import threading
import time

import httpx
import pytest

from tests.e2e.api_users import (
    PASSWORD,
    PATIENCE,
    ApiUser,
    Mailbox,
    complete_profile,
    new_address,
    register_user,
)
from tests.e2e.cloud import CloudProcess, still_running

pytestmark = pytest.mark.slow


def test_restart_after_stop_and_kill_loses_nothing(gated_cloud: CloudProcess) -> None:
    cloud = gated_cloud
    provider = register_user(cloud.url, "escort")
    profile = provider.post("/escorts", complete_profile())
    everything = cloud.process_ids()
    assert len(everything) > 3
    assert cloud.stop(signal.SIGINT) == 0
    assert still_running(everything, within=PATIENCE) == set()

    cloud.start()
    _check_nothing_was_made_again(cloud)
    assert "LOST" not in "\n".join(cloud.output)
    provider.use_site(cloud.url)
    assert provider.get("/escorts/me")["id"] == profile["id"]
    acknowledged = _killed_while_writing(cloud, register_user(cloud.url, "escort"))

    cloud.start()
    _check_nothing_was_made_again(cloud)
    output = "\n".join(cloud.output)
    assert "the last run was killed" in output
    assert "not recovered" in output
    _check_everything_is_there(cloud, acknowledged)
    provider.use_site(cloud.url)
    _check_signed_in_or_cleanly_out(provider)
    everything = cloud.process_ids()
    assert cloud.stop(signal.SIGINT) == 0
    assert still_running(everything, within=PATIENCE) == set()


def _check_nothing_was_made_again(cloud: CloudProcess) -> None:
    """Check that a start repeats none of the first start's work, such as demo data."""
    output = "\n".join(cloud.output)
    assert re.search(r" template +nothing changed$", output, re.MULTILINE), output
    assert re.search(r" resources +\d+ of the template, 0 new$", output, re.MULTILINE), output
    assert re.search(r" migrations +0 applied, \d+ in all$", output, re.MULTILINE), output
    assert " demo data " not in output, output


class _Writer(threading.Thread):
    """Writer that writes until the connection breaks, and records acknowledged writes."""

    def __init__(self, url: str, provider: ApiUser | None = None) -> None:
        super().__init__()
        self.person = provider or ApiUser(url)
        self.registered: list[str] = []
        self.version = 0

    def run(self) -> None:
        try:
            while True:
                self._write()
        except httpx.HTTPError:
            return

    def _write(self) -> None:
        if self.person.token is None:
            email = new_address("killed")
            body = {"email": email, "password": PASSWORD, "role": "client"}
            self.person.post("/auth/register", body)
            self.registered.append(email)
            return
        profile = self.person.get("/escorts/me")
        written = self.person.call(
            "PUT",
            f"/escorts/{profile['id']}",
            complete_profile(bio=f"Version {profile['version'] + 1} of many."),
            {"if-match": f'"{profile["version"]}"'},
        )
        assert written.status_code == 200, written.text
        self.version = written.json()["version"]


def _killed_while_writing(cloud: CloudProcess, provider: ApiUser) -> list[_Writer]:
    """Kill the whole cloud while three writers are active; return them."""
    provider.post("/escorts", complete_profile())
    writers = [_Writer(cloud.url), _Writer(cloud.url), _Writer(cloud.url, provider)]
    for writer in writers:
        writer.start()
    while not (all(one.registered for one in writers[:2]) and writers[2].version > 3):
        assert all(one.is_alive() for one in writers)
        time.sleep(0.01)
    everything = cloud.process_ids()
    cloud.stop(signal.SIGKILL)
    assert still_running(everything, within=PATIENCE) == set()
    for writer in writers:
        writer.join(PATIENCE)
    return writers


def _check_everything_is_there(cloud: CloudProcess, writers: list[_Writer]) -> None:
    for email in [email for one in writers for email in one.registered]:
        # The account exists with an unconfirmed address: the password was right.
        answer = ApiUser(cloud.url, email).call(
            "POST", "/auth/login", {"email": email, "password": PASSWORD}
        )
        assert answer.status_code == 403, answer.text
        _gets_the_mail(cloud, email)
    owner = writers[-1]
    owner.person.use_site(cloud.url)
    owner.person.sign_in()
    profile = owner.person.get("/escorts/me")
    # The last write may have been committed without its response arriving; no write is partial.
    assert profile["version"] in {owner.version, owner.version + 1}
    assert profile["bio"] == f"Version {profile['version']} of many."


def _gets_the_mail(cloud: CloudProcess, email: str) -> None:
    """Registrations whose events were not published before the kill are published by the relay."""
    deadline = time.monotonic() + PATIENCE
    while not any("/verify/" in mail["text"] for mail in Mailbox(cloud.url).list_mails(email)):
        assert time.monotonic() < deadline, f"no mail to {email}"
        run = httpx.post(f"{cloud.url}/_local/schedules/Relay/run", timeout=PATIENCE)
        run.raise_for_status()
        time.sleep(0.5)


def _check_signed_in_or_cleanly_out(person: ApiUser) -> None:
    answer = person.call("GET", "/users/profile")
    assert answer.status_code in {200, 401}, answer.text
    person.sign_in()
    assert person.get("/users/profile")["email"] == person.email
