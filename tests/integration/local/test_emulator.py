"""The AWS emulator: what it acknowledged is there after a kill, and accounts are apart."""

import http.client
import re
from collections.abc import Iterator
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
def lasting(state: Path) -> Iterator[Emulator]:
    """An emulator over a folder; a test may kill or restart it."""
    running = Emulator(state).start()
    yield running
    running.stop()


def again(emulator: Emulator) -> Emulator:
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


def test_a_kill_loses_no_item(lasting: Emulator) -> None:
    dynamodb = table(lasting)
    for _ in range(5):
        count(lasting)
    dynamodb.put_item(TableName="Counters", Item={"id": {"S": "raw"}, "b": {"B": b"\x00\xff"}})
    dynamodb.delete_item(TableName="Counters", Key={"id": {"S": "raw"}})
    lasting.save()
    for _ in range(3):
        count(lasting)
    lasting.kill()
    again(lasting)
    assert counted(lasting) == "8"
    assert "Item" not in lasting.client("dynamodb").get_item(
        TableName="Counters", Key={"id": {"S": "raw"}}
    )
    assert lasting.recovery().replayed == {"Counters": 3}
    assert lasting.recovery().lost == {}


def test_a_second_kill_does_not_count_twice(lasting: Emulator) -> None:
    table(lasting)
    count(lasting)
    for _ in range(2):
        lasting.kill()
        again(lasting)
    assert counted(lasting) == "1"
    assert lasting.recovery().replayed == {}


def test_a_refused_write_is_not_replayed(lasting: Emulator) -> None:
    dynamodb = table(lasting)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(
            TableName="Counters",
            Item={"id": {"S": "x"}},
            ConditionExpression="attribute_exists(id)",
        )
    lasting.kill()
    again(lasting)
    assert lasting.recovery().replayed == {}


def test_a_line_cut_off_by_the_kill_is_passed_over(lasting: Emulator, state: Path) -> None:
    table(lasting)
    count(lasting)
    lasting.kill()
    (journal,) = state.glob("journal.*")
    with journal.open("ab") as file:
        file.write(journal.read_bytes()[:40])
    again(lasting)
    assert counted(lasting) == "1"


def test_a_write_that_cannot_be_replayed_is_named(lasting: Emulator, state: Path) -> None:
    table(lasting)
    count(lasting)
    lasting.kill()
    (state / "dynamodb.json").unlink()
    again(lasting)
    assert lasting.recovery().lost == {"Counters": 1}


def test_a_kill_loses_neither_message_nor_key_nor_object_nor_mail(lasting: Emulator) -> None:
    sqs, kms, s3 = (lasting.client(name) for name in ("sqs", "kms", "s3"))
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    signing = {"MessageType": "RAW", "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}
    signature = kms.sign(KeyId=key, Message=b"text", **signing)["Signature"]
    s3.create_bucket(
        Bucket="media", CreateBucketConfiguration={"LocationConstraint": lasting.region}
    )
    s3.put_object(Bucket="media", Key="a/b", Body=b"bytes")
    send_mail(lasting)
    lasting.kill()
    again(lasting)
    sqs, kms, s3 = (lasting.client(name) for name in ("sqs", "kms", "s3"))
    queue = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    verified = kms.verify(KeyId=key, Message=b"text", Signature=signature, **signing)
    assert verified["SignatureValid"]
    assert s3.get_object(Bucket="media", Key="a/b")["Body"].read() == b"bytes"
    assert [mail.subject for mail in mails(lasting)] == ["Confirm"]


def test_what_was_being_worked_on_at_a_kill_comes_again_at_once(lasting: Emulator) -> None:
    sqs = lasting.client("sqs")
    timeout = {"VisibilityTimeout": "600"}
    queue = sqs.create_queue(QueueName="work", Attributes=timeout)["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="begun")
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=600)
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "begun"
    lasting.kill()
    again(lasting)
    sqs = lasting.client("sqs")
    queue = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in received] == ["begun"]


def send_mail(emulator: Emulator) -> None:
    ses = emulator.client("sesv2")
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


def test_mail_is_captured_with_its_links(lasting: Emulator) -> None:
    send_mail(lasting)
    (mail,) = mails(lasting)
    assert mail.to == ("you@example.org",)
    assert mail.sender == SENDER
    assert mail.links == ("http://localhost/verify/a-b_c",)


def test_a_clean_stop_leaves_nothing_to_recover(lasting: Emulator) -> None:
    table(lasting)
    count(lasting)
    lasting.stop()
    again(lasting)
    assert counted(lasting) == "1"
    assert lasting.recovery().replayed == {}


def test_accounts_do_not_see_each_other(lasting: Emulator) -> None:
    lasting.client("sqs", "111111111111").create_queue(QueueName="mine")
    assert not lasting.client("sqs", "222222222222").list_queues().get("QueueUrls")


def test_pages_of_other_sites_cannot_talk_to_it(lasting: Emulator) -> None:
    def status(origin: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", lasting.port)
        connection.request("GET", "/_ministack/ses/messages", headers={"origin": origin})
        return connection.getresponse().status

    assert status("https://evil.example") == 403
    assert status("http://localhost:8080") == 200


def test_listens_on_loopback_only(lasting: Emulator) -> None:
    listening = Path("/proc/net/tcp").read_text()
    found = re.findall(rf"([0-9A-F]{{8}}):{lasting.port:04X} 00000000:0000 0A", listening)
    assert found == ["0100007F"]
