"""Tests of the settings from a deployment's environment."""

from pathlib import Path

import pytest

from stacks import deployment
from stacks.application import build, new_app
from stacks.settings import load
from tests.infrastructure.synth import STAGES

SET = {
    "HELLOMAHI_ZONE_ID": "Z123",
    "HELLOMAHI_ZONE_NAME": "example.org",
    "HELLOMAHI_ALARM_EMAIL": "oncall@example.org",
}


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in SET.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("stage", STAGES)
def test_deploying_refuses_placeholders(stage: str) -> None:
    sentences = " ".join(deployment.missing_prerequisites(load(stage)))

    assert all(name in sentences for name in SET)


def test_stages_have_unique_names(configured: pytest.MonkeyPatch) -> None:
    names = [load(stage).public_origin for stage in STAGES]

    assert names == [
        "https://dev.example.org",
        "https://staging.example.org",
        "https://example.org",
    ]


def test_list_settings_strip_blanks(configured: pytest.MonkeyPatch) -> None:
    configured.setenv("HELLOMAHI_ADMIN_IP_ALLOWLIST", "203.0.113.0/24, 198.51.100.7/32,")

    assert load("prod").admin_ip_allowlist == ("203.0.113.0/24", "198.51.100.7/32")


def test_empty_variable_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load("dev")
    for name in (*SET, "HELLOMAHI_REGION", "HELLOMAHI_SCHEDULES", "HELLOMAHI_CORS_ORIGINS"):
        monkeypatch.setenv(name, "")

    assert load("dev") == before


def test_unknown_stage_is_refused() -> None:
    with pytest.raises(ValueError, match="qa"):
        load("qa")


def test_restored_cluster_is_used_by_functions(
    configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configured.setenv("HELLOMAHI_RESTORED_RESOURCE_ID", "cluster-RESTORED")
    configured.setenv("HELLOMAHI_RESTORED_SECRET_ARN", "arn:aws:secretsmanager:restored")
    configured.setenv("HELLOMAHI_SCHEDULES", "off")
    app = new_app(str(tmp_path))
    build(app, load("dev"))
    app.synth()

    auth = (tmp_path / "Auth.template.json").read_text()
    operations = (tmp_path / "Operations.template.json").read_text()
    assert "dbuser:cluster-RESTORED/auth_web" in auth
    assert '"DB_SECRET_ARN": "arn:aws:secretsmanager:restored"' in operations
    assert '"State": "DISABLED"' in operations


def test_trust_store_is_fetched_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    present = tmp_path / "bundle.pem"
    present.write_bytes(_self_signed())
    monkeypatch.setattr(deployment, "CERTIFICATE", present)

    assert deployment.fetch_certificates() == 1


def _self_signed() -> bytes:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test root")])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment)
        .not_valid_after(moment + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)
