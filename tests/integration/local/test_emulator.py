"""Integration tests of the AWS emulator: acknowledged changes survive a kill, accounts are isolated."""

import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.services.emulator import Emulator
from local.services.messages import mails

KEY = {"AttributeName": "id", "KeyType": "HASH"}
SENDER = "no-reply@hellomahi.test"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "aws"


@pytest.fixture
def durable_emulator(state: Path) -> Iterator[Emulator]:
    """Emulator over a folder, which a test may kill or restart."""
    running = Emulator(state).start()
    yield running
    running.stop()


def restart(emulator: Emulator) -> Emulator:
    return emulator.start()


def table(emulator: Emulator) -> Any:
    dynamodb = emulator.client("dynamodb")
    dynamodb.create_table(
        TableName="Counters",
        KeySchema=[KEY],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


def count(emulator: Emulator, by: int = 1) -> None:
    emulator.client("dynamodb").update_item(
        TableName="Counters",
        Key={"id": {"S": "x"}},
        UpdateExpression="ADD n :by",
        ExpressionAttributeValues={":by": {"N": str(by)}},
    )


def counted(emulator: Emulator) -> str:
    item = emulator.client("dynamodb").get_item(TableName="Counters", Key={"id": {"S": "x"}})
    return str(item["Item"]["n"]["N"])


def test_kill_loses_no_item(durable_emulator: Emulator) -> None:
    dynamodb = table(durable_emulator)
    for _ in range(5):
        count(durable_emulator)
    dynamodb.put_item(TableName="Counters", Item={"id": {"S": "raw"}, "b": {"B": b"\x00\xff"}})
    dynamodb.delete_item(TableName="Counters", Key={"id": {"S": "raw"}})
    durable_emulator.save()
    for _ in range(3):
        count(durable_emulator)
    durable_emulator.kill()
    restart(durable_emulator)
    assert counted(durable_emulator) == "8"
    assert "Item" not in durable_emulator.client("dynamodb").get_item(
        TableName="Counters", Key={"id": {"S": "raw"}}
    )
    assert durable_emulator.recovery().replayed == {"Counters": 3}
    assert durable_emulator.recovery().lost == {}


def test_second_kill_replays_increment_once(durable_emulator: Emulator) -> None:
    table(durable_emulator)
    count(durable_emulator)
    for _ in range(2):
        durable_emulator.kill()
        restart(durable_emulator)
    assert counted(durable_emulator) == "1"
    assert durable_emulator.recovery().replayed == {}


def test_refused_write_is_not_replayed(durable_emulator: Emulator) -> None:
    dynamodb = table(durable_emulator)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(
            TableName="Counters",
            Item={"id": {"S": "x"}},
            ConditionExpression="attribute_exists(id)",
        )
    durable_emulator.kill()
    restart(durable_emulator)
    assert durable_emulator.recovery().replayed == {}


def test_truncated_journal_line_is_skipped(durable_emulator: Emulator, state: Path) -> None:
    table(durable_emulator)
    count(durable_emulator)
    durable_emulator.kill()
    (journal,) = state.glob("journal.*")
    with journal.open("ab") as file:
        file.write(journal.read_bytes()[:40])
    restart(durable_emulator)
    assert counted(durable_emulator) == "1"


def test_unreplayable_write_is_reported(durable_emulator: Emulator, state: Path) -> None:
    table(durable_emulator)
    count(durable_emulator)
    durable_emulator.kill()
    (state / "dynamodb.json").unlink()
    restart(durable_emulator)
    assert durable_emulator.recovery().lost == {"Counters": 1}


def test_kill_loses_no_message_key_object_or_mail(durable_emulator: Emulator) -> None:
    sqs, kms, s3 = (durable_emulator.client(name) for name in ("sqs", "kms", "s3"))
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    signing = {"MessageType": "RAW", "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}
    signature = kms.sign(KeyId=key, Message=b"text", **signing)["Signature"]
    s3.create_bucket(
        Bucket="media", CreateBucketConfiguration={"LocationConstraint": durable_emulator.region}
    )
    s3.put_object(Bucket="media", Key="a/b", Body=b"bytes")
    send_mail(durable_emulator)
    durable_emulator.kill()
    restart(durable_emulator)
    sqs, kms, s3 = (durable_emulator.client(name) for name in ("sqs", "kms", "s3"))
    queue = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    verified = kms.verify(KeyId=key, Message=b"text", Signature=signature, **signing)
    assert verified["SignatureValid"]
    assert s3.get_object(Bucket="media", Key="a/b")["Body"].read() == b"bytes"
    assert [mail.subject for mail in mails(durable_emulator)] == ["Confirm"]


def test_message_in_flight_at_kill_is_visible_at_once(durable_emulator: Emulator) -> None:
    sqs = durable_emulator.client("sqs")
    timeout = {"VisibilityTimeout": "600"}
    queue = sqs.create_queue(QueueName="work", Attributes=timeout)["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="begun")
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=600)
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "begun"
    durable_emulator.kill()
    restart(durable_emulator)
    sqs = durable_emulator.client("sqs")
    queue = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in received] == ["begun"]


def send_mail(emulator: Emulator, *, of_known_sender: bool = False) -> None:
    ses = emulator.client("sesv2")
    if not of_known_sender:
        ses.create_email_identity(EmailIdentity=SENDER.partition("@")[2])
    ses.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["you@example.org"]},
        Content={
            "Simple": {
                "Subject": {"Data": "Confirm"},
                "Body": {
                    "Text": {"Data": "Open http://localhost/verify/a-b_c now."},
                    "Html": {"Data": "<p>Open</p>"},
                },
            }
        },
    )


def test_mail_is_captured_with_its_links(durable_emulator: Emulator) -> None:
    send_mail(durable_emulator)
    (mail,) = mails(durable_emulator)
    assert mail.to == ("you@example.org",)
    assert mail.sender == SENDER
    assert mail.links == ("http://localhost/verify/a-b_c",)


def test_stop_leaves_nothing_to_recover(durable_emulator: Emulator) -> None:
    table(durable_emulator)
    count(durable_emulator)
    durable_emulator.stop()
    restart(durable_emulator)
    assert counted(durable_emulator) == "1"
    assert durable_emulator.recovery().replayed == {}


def test_accounts_are_isolated(durable_emulator: Emulator) -> None:
    durable_emulator.client("sqs", "111111111111").create_queue(QueueName="mine")
    assert not durable_emulator.client("sqs", "222222222222").list_queues().get("QueueUrls")


def test_requests_from_other_sites_are_refused(durable_emulator: Emulator) -> None:
    def status(origin: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", durable_emulator.port)
        connection.request("GET", "/_ministack/ses/messages", headers={"origin": origin})
        return connection.getresponse().status

    assert status("https://evil.example") == 403
    assert status("http://localhost:8080") == 200


def test_emulator_listens_on_loopback_only(durable_emulator: Emulator) -> None:
    listening = Path("/proc/net/tcp").read_text()
    found = re.findall(rf"([0-9A-F]{{8}}):{durable_emulator.port:04X} 00000000:0000 0A", listening)
    assert found == ["0100007F"]


# -- saving while serving requests -------------------------------------------------------------------


def newest_journal(state: Path) -> int:
    return max(int(path.suffix[1:]) for path in state.glob("journal.*"))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in 30 seconds"
        time.sleep(0.01)


def kill_with_child(emulator: Emulator) -> None:
    """Kill the process and its forked children, as a crash of the machine would."""
    process = emulator._process
    assert process is not None
    os.killpg(process.pid, signal.SIGKILL)
    emulator.kill()


class HeldSave:
    """Save that blocks: the first file's temporary file is a pipe without a reader."""

    def __init__(self, emulator: Emulator, state: Path) -> None:
        self._emulator = emulator
        self._pool = ThreadPoolExecutor()
        self.pipe = state / "dynamodb.json.tmp"
        os.mkfifo(self.pipe)
        before = newest_journal(state)
        self.answer = self.submit(emulator.save)
        wait_until(lambda: newest_journal(state) > before)

    def submit(self, call: Callable[[], Any]) -> Future[Any]:
        """Start a save without waiting for the response."""
        return self._pool.submit(call)

    def release(self) -> str:
        """Continue the save and return the written state; the pipe replaces the file until the next save."""
        return self.pipe.read_text()

    def release_last(self) -> dict[str, Any]:
        """Continue the last save, and return the written state of DynamoDB."""
        text = self.release()
        file = self.pipe.with_suffix("")
        wait_until(file.is_fifo)
        file.unlink()
        file.write_text(text)
        payload: dict[str, Any] = json.loads(text)["payload"]
        return payload


@contextmanager
def held_save(emulator: Emulator, state: Path) -> Iterator[HeldSave]:
    """Block a save; kill one that is still blocked at the end."""
    held = HeldSave(emulator, state)
    try:
        yield held
    finally:
        if held.pipe.is_fifo():
            kill_with_child(emulator)
            held.pipe.unlink()
        held._pool.shutdown()


def is_answered(emulator: Emulator) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=10)
    connection.request("GET", "/_ministack/ready")
    try:
        return connection.getresponse().status == 200
    except TimeoutError:
        return False
    finally:
        connection.close()


def test_save_under_way_other_requests_are_answered(
    durable_emulator: Emulator, state: Path
) -> None:
    table(durable_emulator)
    count(durable_emulator)
    with held_save(durable_emulator, state) as held:
        assert is_answered(durable_emulator)
        count(durable_emulator)
        assert counted(durable_emulator) == "2"
        assert not held.answer.done()
        saved = held.release_last()
        held.answer.result(timeout=30)

    # The save wrote the state at its beginning; later changes are in the journal.
    assert saved["journal"] == newest_journal(state)
    (items,) = (table["items"] for table in saved["tables"]["data"].values())
    assert items["x"]["__no_sort__"]["n"] == {"N": "1"}
    durable_emulator.kill()
    restart(durable_emulator)
    assert counted(durable_emulator) == "2"
    assert durable_emulator.recovery().replayed == {"Counters": 1}


def test_kill_during_a_save_loses_nothing(durable_emulator: Emulator, state: Path) -> None:
    dynamodb = table(durable_emulator)
    sqs = durable_emulator.client("sqs")
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    count(durable_emulator, 5)
    with held_save(durable_emulator, state) as held:
        assert is_answered(durable_emulator)
        count(durable_emulator, 3)
        sqs.send_message(QueueUrl=queue, MessageBody="hello")
        send_mail(durable_emulator)
        dynamodb.put_item(TableName="Counters", Item={"id": {"S": "late"}})
        kill_with_child(durable_emulator)
        assert isinstance(held.answer.exception(timeout=30), (OSError, http.client.HTTPException))
        held.pipe.unlink()

    restart(durable_emulator)
    assert counted(durable_emulator) == "8"
    late = durable_emulator.client("dynamodb").get_item(
        TableName="Counters", Key={"id": {"S": "late"}}
    )
    assert late["Item"] == {"id": {"S": "late"}}
    sqs = durable_emulator.client("sqs")
    queue = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    assert [mail.subject for mail in mails(durable_emulator)] == ["Confirm"]


def test_stop_during_a_save_saves_everything(durable_emulator: Emulator, state: Path) -> None:
    table(durable_emulator)
    count(durable_emulator)
    with held_save(durable_emulator, state) as held:
        assert is_answered(durable_emulator)
        count(durable_emulator)
        held.pipe.unlink()  # only the child still waits for it
        durable_emulator.stop()
        assert isinstance(held.answer.exception(timeout=30), (OSError, http.client.HTTPException))

    restart(durable_emulator)
    assert counted(durable_emulator) == "2"
    assert durable_emulator.recovery().replayed == {}


def test_table_created_during_a_save_is_there_after_a_kill(
    durable_emulator: Emulator, state: Path
) -> None:
    with held_save(durable_emulator, state) as held:
        assert is_answered(durable_emulator)
        created = held.submit(lambda: table(durable_emulator))
        dynamodb = durable_emulator.client("dynamodb")
        wait_until(lambda: dynamodb.list_tables()["TableNames"] == ["Counters"])
        # Another caller finds the table and is told that its item is kept.
        count(durable_emulator)
        assert not created.done()
        kill_with_child(durable_emulator)
        assert created.exception(timeout=120) is not None
        held.pipe.unlink()

    restart(durable_emulator)
    assert counted(durable_emulator) == "1"
    assert durable_emulator.recovery().lost == {}


def ask_for_save(emulator: Emulator) -> socket.socket:
    """Send the request and return the connection of its response."""
    connection = socket.create_connection(("127.0.0.1", emulator.port), timeout=30)
    connection.sendall(
        b"PUT /_hellomahi/save HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    )
    return connection


def has_read_all(emulator: Emulator, connection: socket.socket) -> bool:
    """Tell whether the emulator has read all data of the connection."""
    caller = connection.getsockname()[1]
    end = rf"{emulator.port:04X} [0-9A-F]{{8}}:{caller:04X} 01 [0-9A-F]{{8}}:00000000"
    return re.search(end, Path("/proc/net/tcp").read_text()) is not None


def test_saves_asked_for_during_a_save_share_the_next_one(
    durable_emulator: Emulator, state: Path
) -> None:
    with held_save(durable_emulator, state) as held:
        first = newest_journal(state)
        connections = [ask_for_save(durable_emulator) for _ in range(5)]
        wait_until(lambda: all(has_read_all(durable_emulator, one) for one in connections))
        assert is_answered(durable_emulator)
        held.release()
        held.answer.result(timeout=30)
        answers = [one.recv(1000) for one in connections]

    assert all(answer.startswith(b"HTTP/1.1 204") for answer in answers)
    assert newest_journal(state) == first + 1


def test_save_that_cannot_be_written_fails_and_loses_nothing(
    durable_emulator: Emulator, state: Path
) -> None:
    table(durable_emulator)
    count(durable_emulator)
    draft = state / "dynamodb.json.tmp"
    draft.mkdir()

    with pytest.raises(ConnectionError, match="500"):
        durable_emulator.save()
    count(durable_emulator)

    durable_emulator.kill()
    draft.rmdir()
    restart(durable_emulator)
    assert counted(durable_emulator) == "2"


def test_message_and_mail_are_written_without_the_others(
    durable_emulator: Emulator, state: Path
) -> None:
    sqs = durable_emulator.client("sqs")
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    for _ in range(30):
        sqs.send_message(QueueUrl=queue, MessageBody="x" * 1000)
        send_mail(durable_emulator)

    def written() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in state.glob("*.json")}

    journal = state / f"journal.{newest_journal(state)}"
    before, size = written(), journal.stat().st_size
    sqs.send_message(QueueUrl=queue, MessageBody="x" * 1000)
    assert written() == before
    message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert written() == before
    send_mail(durable_emulator, of_known_sender=True)

    assert written() == before
    assert journal.stat().st_size - size < 8_000


def test_kill_loses_no_change_of_a_queue(durable_emulator: Emulator) -> None:
    sqs = durable_emulator.client("sqs")
    kept, gone, anew = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in "abc")
    for url in (kept, gone, anew):
        for text in ("first", "second", "third"):
            sqs.send_message(
                QueueUrl=url,
                MessageBody=text,
                MessageAttributes={"raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
            )
    first = sqs.receive_message(QueueUrl=kept, MaxNumberOfMessages=1)["Messages"][0]
    sqs.delete_message(QueueUrl=kept, ReceiptHandle=first["ReceiptHandle"])
    sqs.set_queue_attributes(QueueUrl=kept, Attributes={"VisibilityTimeout": "77"})
    sqs.tag_queue(QueueUrl=kept, Tags={"colour": "blue"})
    sqs.delete_queue(QueueUrl=gone)
    sqs.purge_queue(QueueUrl=anew)
    sqs.send_message(QueueUrl=anew, MessageBody="fourth")

    durable_emulator.kill()
    restart(durable_emulator)

    sqs = durable_emulator.client("sqs")
    urls = {url.rpartition("/")[2]: url for url in sqs.list_queues()["QueueUrls"]}
    assert urls.keys() == {"a", "c"}
    attributes = sqs.get_queue_attributes(QueueUrl=urls["a"], AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "77"
    assert sqs.list_queue_tags(QueueUrl=urls["a"])["Tags"] == {"colour": "blue"}
    for name, left in (("a", {"second", "third"}), ("c", {"fourth"})):
        found = sqs.receive_message(
            QueueUrl=urls[name], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )["Messages"]
        assert {one["Body"] for one in found} == left
        if name == "a":
            assert found[0]["MessageAttributes"]["raw"]["BinaryValue"] == b"\x00\xff"
