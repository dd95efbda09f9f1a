"""Entry point of the CDK: `python app.py --stage dev` writes the templates to cdk.out.

Fails when cdk-nag finds something that nobody gave a reason for. `--unchecked` leaves the rules out: the
local cloud reads the same templates and has no use for them.
"""

import argparse
import os
import sys

from stacks.application import build, new_app
from stacks.checks import findings
from stacks.settings import StageName, load


def main() -> int:
    """Synthesize one stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", choices=list(StageName), default=StageName.DEV)
    parser.add_argument(
        "--out", help="where to write; cdk.out, or what the CDK's command line says"
    )
    parser.add_argument("--unchecked", action="store_true", help="leave cdk-nag out")
    arguments = parser.parse_args()
    app = new_app(arguments.out or os.environ.get("CDK_OUTDIR", "cdk.out"))
    build(app, load(arguments.stage))
    found = [] if arguments.unchecked else findings(app)
    for line in found:
        sys.stderr.write(f"{line}\n")
    if found:
        return 1
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
