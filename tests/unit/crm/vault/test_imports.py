"""Imports of the vault: heavy modules are loaded at first use, not at cold start."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
LATER = ["aws_encryption_sdk", "boto3", "botocore", "cryptography"]
LIST_LOADED_MODULES = (
    "import sys, crm.vault; print([name for name in sys.argv[1:] if name in sys.modules])"
)


def test_import_of_vault_loads_no_heavy_module() -> None:
    result = subprocess.run(
        [sys.executable, "-c", LIST_LOADED_MODULES, *LATER],
        env={**os.environ, "PYTHONPATH": f"{ROOT}/functions:{ROOT}/layers/common/python"},
        capture_output=True,
        check=True,
        text=True,
    )

    assert result.stdout.strip() == "[]"
