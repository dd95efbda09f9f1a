"""Entry point of the CDK: `python app.py --stage dev` writes the templates to cdk.out."""

import argparse
import os

from stacks.application import build, new_app
from stacks.settings import StageName, load


def main() -> None:
    """Synthesize one stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", choices=list(StageName), default=StageName.DEV.value)
    parser.add_argument(
        "--out", help="where to write; cdk.out, or what the CDK's command line says"
    )
    arguments = parser.parse_args()
    app = new_app(arguments.out or os.environ.get("CDK_OUTDIR", "cdk.out"))
    build(app, load(arguments.stage))
    app.synth()


if __name__ == "__main__":
    main()
