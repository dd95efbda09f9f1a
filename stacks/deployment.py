"""Prerequisites of a deployment: `python -m stacks.deployment dev` creates or checks them.

Synthesis works anywhere with placeholders; deploying must not. The root certificates of RDS are fetched from
AWS's trust store once, and again when the file is deleted.
"""

import sys
from collections.abc import Iterator
from urllib.request import urlopen

from cryptography.x509 import load_pem_x509_certificates

from stacks.constructs.layers import CERTIFICATE
from stacks.settings import UNSET_DOMAIN, UNSET_ZONE, Settings, load
from stacks.static_stack import BUILT

TRUST_STORE = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"


def missing_prerequisites(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each missing setting that the operator must provide first."""
    if settings.domain.zone_id == UNSET_ZONE:
        yield "Set HELLOMAHI_ZONE_ID to the id of the Route 53 zone."
    if settings.domain.zone_name == UNSET_DOMAIN:
        yield "Set HELLOMAHI_ZONE_NAME to the name of that zone, for example example.org."
    if settings.alarm_email.endswith(f"@{UNSET_DOMAIN}"):
        yield "Set HELLOMAHI_ALARM_EMAIL to an address whose mail is read."
    if not (BUILT / "manifest.json").exists():
        yield "Build the static files: make install."


def fetch_certificates() -> int:
    """Fetch the root certificates of RDS unless they exist; return their number."""
    if not CERTIFICATE.exists():
        with urlopen(TRUST_STORE, timeout=30) as answer:
            bundle = answer.read()
        load_pem_x509_certificates(bundle)
        CERTIFICATE.parent.mkdir(parents=True, exist_ok=True)
        CERTIFICATE.write_bytes(bundle)
    return len(load_pem_x509_certificates(CERTIFICATE.read_bytes()))


def main(stage: str) -> int:
    """Prepare and check the prerequisites; print the missing ones."""
    problems = list(missing_prerequisites(load(stage)))
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    if problems:
        return 1
    try:
        sys.stdout.write(f"{fetch_certificates()} root certificates of RDS\n")
    except OSError as error:
        sys.stderr.write(f"The root certificates of RDS did not come from {TRUST_STORE}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
