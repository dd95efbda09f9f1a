"""Layers of every function: our shared packages, and the third-party packages of uv.lock.

A layer version belongs to the stack that uses it: one shared between stacks could never be replaced.
"""

from aws_cdk import AssetHashType, BundlingOptions, DockerImage, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs import dependencies
from stacks.constructs.assets import ROOT, code

RUNTIME = lambda_.Runtime.PYTHON_3_13
COMMON = ROOT / "layers" / "common" / "python"
MANIFEST = COMMON / "kit" / "pages" / "manifest.json"
CERTIFICATE = ROOT / "layers" / "certificates" / "rds-global-bundle.pem"


class Layers(Construct):
    """Layer versions of one stack."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.versions: list[lambda_.ILayerVersion] = [self._common(), self._dependencies()]

    def _common(self) -> lambda_.LayerVersion:
        if Stack.of(self).bundling_required and not CERTIFICATE.exists():
            raise FileNotFoundError(
                "layers/certificates/rds-global-bundle.pem is missing: `make deploy` fetches it"
            )
        if Stack.of(self).bundling_required and not MANIFEST.exists():
            raise FileNotFoundError(
                "kit/pages/manifest.json is missing, and every page with it: `make web` writes it"
            )
        scope = Construct(self, "CommonContent")
        content = {
            "python/kit": COMMON / "kit",
            "python/contracts": COMMON / "contracts",
            "certs/rds-global-bundle.pem": CERTIFICATE,
        }
        return self._version("Common", code(scope, content), "kit and contracts")

    def _dependencies(self) -> lambda_.LayerVersion:
        wanted = Stack.of(self).bundling_required
        locked = dependencies.export_requirements() if wanted else "not built: no deploy"
        content = lambda_.Code.from_asset(
            str(ROOT / "layers"),
            exclude=["*"],
            asset_hash=dependencies.digest(locked),
            asset_hash_type=AssetHashType.CUSTOM,
            bundling=BundlingOptions(
                image=DockerImage.from_registry("scratch"), local=dependencies.Bundler(locked)
            ),
        )
        return self._version("Dependencies", content, "third-party packages from uv.lock")

    def _version(self, name: str, content: lambda_.Code, description: str) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            name,
            code=content,
            description=description,
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[lambda_.Architecture.ARM_64],
        )
