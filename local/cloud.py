"""Start and stop of the local cloud's parts, in order."""

from __future__ import annotations

import asyncio
import http.client
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from local.clock import CloudClock
from local.console.app import console_app
from local.database import ProductDatabase
from local.datafolder import DataFolder
from local.demo.runner import load_demo
from local.function_environment import FunctionEnvironment
from local.gateway.app import Gateway, websocket_rewrites
from local.gateway.edge_cache import EdgeCache
from local.gateway.frames import SERVER_OPTIONS
from local.logfile import LogFile
from local.migration import migration_function
from local.progress import Progress
from local.recovery import recovery_report
from local.router import LocalRouter
from local.runtime.log import FunctionLog
from local.runtime.pool import Runtime
from local.servers import Server, reserve
from local.services.asynchronous import AsynchronousInvoker
from local.services.bus import EventBus
from local.services.context import CloudServices
from local.services.emulator import Emulator
from local.services.invalidations import Invalidations
from local.services.postgres import open_postgres
from local.services.provision import Provisioned, provision
from local.services.provision.rds_and_ses import record_database_address, verify_mail_senders
from local.services.schedules import Scheduler
from local.services.targets import Queues, Targets
from local.synth import synthesize
from local.template import Physical, Resolver, Template
from local.triggers import start_triggers

__all__ = ["Cloud", "Options", "StartError"]


class StartError(RuntimeError):
    """Error: the local cloud cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class Options:
    """Options of the command line."""

    root: Path
    data: Path
    port: int = 8080
    stage: str = "dev"
    demo: bool = True
    people_per_city: int | None = None  # of the demo data; None: the default
    assembly: Path | None = None  # a synthesized template to use instead of our own
    country: str = "DE"  # country of the visitors
    slowness: float = 1.0  # factor of the timeouts on AWS
    edge_cache: bool = False  # cache public responses as CloudFront does


class Cloud:
    """One local cloud over one data folder. `start`, then `stop`, in one event loop."""

    template: Template
    physical: Physical
    database: ProductDatabase
    runtime: Runtime
    scheduler: Scheduler
    provisioned: tuple[Provisioned, ...]
    services: CloudServices

    def __init__(self, options: Options, progress: Progress | None = None) -> None:
        self.options = options
        self.progress = progress or Progress()
        self.folder = DataFolder(options.data)
        self.port = options.port
        self.emulator = Emulator(self.folder.aws)
        self.postgres = open_postgres(self.folder.postgres)
        self.log = FunctionLog(echo=LogFile(self.folder.function_log))
        self._exit_stack = AsyncExitStack()

    @property
    def url(self) -> str:
        """Return the address a browser opens."""
        return f"http://localhost:{self.port}"

    async def start(self) -> None:
        """Start every part, or leave nothing running."""
        self._listener = reserve(self.options.port)
        self._exit_stack.callback(self._listener.close)
        self.port = self._listener.getsockname()[1]
        try:
            killed = self.folder.open()
            self._exit_stack.callback(self.folder.close)
            self.clock = CloudClock(self.folder.clock)
            await self._start_foundations()
            await asyncio.to_thread(self._provision)
            self._report_recovery(killed=killed)
            await self._start_functions()
            await self._migrate()
            await self._load_demo()
            self.scheduler = await start_triggers(self.services, self._exit_stack)
            await self._start_gateway()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop every part in reverse order; each part saves its state."""
        await self._exit_stack.aclose()

    async def wait_for_failure(self) -> str:
        """Wait until PostgreSQL or the emulator has ended by itself; return the message with its log."""
        while self.postgres.running and self.emulator.running:  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(1)
        if not self.postgres.running:
            return f"PostgreSQL, see {self.folder.postgres}.log"
        return f"the AWS emulator, see {self.folder.aws}.log"

    async def advance_clock(self, by: timedelta) -> None:
        """Advance the clock of functions, SQL and schedules."""
        self.clock.advance(by)
        await asyncio.to_thread(self.database.set_clock, self.clock.offset)
        # Environment variables and open connections of running environments still have the old time.
        self.runtime.recycle()
        self.scheduler.clock_changed()

    async def _start_foundations(self) -> None:
        """Load the template and start the database server and the emulator, in parallel."""
        self._exit_stack.callback(self.postgres.stop)
        self._exit_stack.callback(self.emulator.stop)
        async with asyncio.TaskGroup() as group:
            template = group.create_task(asyncio.to_thread(self._load_template))
            group.create_task(asyncio.to_thread(self._start_postgres))
            group.create_task(asyncio.to_thread(self._start_emulator))
        self.template = template.result()
        self.emulator.region = self.template.region
        self.physical = Physical(region=self.template.region)

    def _load_template(self) -> Template:
        with self.progress.step("template") as step:
            if self.options.assembly is not None:
                return Template.load(self.options.assembly)
            cache = self.options.root / ".tools" / "synth"
            assembly, cached = synthesize(self.options.root, cache, self.options.stage)
            step.note = "nothing changed" if cached else "synthesized"
            return Template.load(assembly)

    def _start_postgres(self) -> None:
        with self.progress.step("PostgreSQL") as step:
            self.postgres.start()
            step.note = f"port {self.postgres.port}"

    def _start_emulator(self) -> None:
        with self.progress.step("AWS emulator") as step:
            self.emulator.start()
            step.note = f"port {self.emulator.port}"

    def _provision(self) -> None:
        with self.progress.step("resources") as step:
            self.provisioned = provision(self.template, self.emulator, self.physical)
            record_database_address(self.template, self.physical, self.postgres)
            resolver = self.template.resolver(self.physical)
            verify_mail_senders(self.template, resolver, self.emulator.client)
            new = sum(resource.created for resource in self.provisioned)
            step.note = f"{len(self.provisioned)} of the template, {new} new"
        with self.progress.step("database") as step:
            self.database = ProductDatabase(self.template, self.postgres)
            self.database.ensure()
            self.database.set_clock(self.clock.offset)
            step.note = self.database.name

    def _report_recovery(self, *, killed: bool) -> None:
        lines = recovery_report(
            self.emulator.recovery(),
            self.provisioned,
            self.folder.known_resources(),
            killed=killed,
        )
        for line in lines:
            self.progress.print_line(line)
        self.folder.record_resources(one.id for one in self.provisioned)

    async def _start_functions(self) -> None:
        sqs = self.emulator.client("sqs")
        resolver = self._resolver()
        events, purges = reserve(0), reserve(0)
        environment = self._function_environment(resolver, events, purges)
        self.runtime = Runtime(
            self.template.functions,
            environment,
            source=self.options.root,
            data=self.folder.functions,
            log=self.log,
            slowness=self.options.slowness,
        )
        self._exit_stack.push_async_callback(self.runtime.close)
        queues = Queues(sqs, resolver)
        asynchronous = AsynchronousInvoker(self.runtime, self.template.functions, queues.send)
        targets = Targets(self.template, resolver, queues.send, asynchronous)
        bus = EventBus(self.template, self.physical, targets, self.clock.now)
        edge_cache = EdgeCache(self.clock.now, on=self.options.edge_cache)
        invalidations = Invalidations(self.clock.now, edge_cache.purge)
        self.services = CloudServices(
            template=self.template,
            physical=self.physical,
            provisioned=self.provisioned,
            emulator=self.emulator,
            sqs=sqs,
            database=self.database,
            clock=self.clock,
            environment=environment,
            runtime=self.runtime,
            log=self.log,
            queues=queues,
            targets=targets,
            bus=bus,
            edge_cache=edge_cache,
            invalidations=invalidations,
        )
        for server in (Server(bus, events), Server(invalidations, purges)):
            await server.start()
            self._exit_stack.push_async_callback(server.stop)

    def _function_environment(
        self, resolver: Resolver, events: socket.socket, purges: socket.socket
    ) -> FunctionEnvironment:
        return FunctionEnvironment(
            resolver,
            self.clock,
            self.postgres,
            origin=self.url,
            aws={
                "AWS_REGION": self.template.region,
                "AWS_ENDPOINT_URL": self.emulator.endpoint,
                # The name has EventBridge's service id, not boto3's name of the service.
                "AWS_ENDPOINT_URL_EVENTBRIDGE": f"http://127.0.0.1:{events.getsockname()[1]}",
                "AWS_ENDPOINT_URL_CLOUDFRONT": f"http://127.0.0.1:{purges.getsockname()[1]}",
            },
        )

    async def _migrate(self) -> None:
        """Invoke the migration function, as the deployment's custom resource does."""
        function = migration_function(self.template)
        if function is None:
            return
        with self.progress.step("migrations") as step:
            result = await self.runtime.invoke(function, {"RequestType": "Update"})
            if not result.ok:
                raise StartError(f"the migrations failed: {result.error_message}")
            data = (result.payload or {}).get("Data", {})
            applied = [name for name in data.get("Applied", "").split(",") if name]
            step.note = f"{len(applied)} applied, {data.get('Total', '?')} in all"

    async def _load_demo(self) -> None:
        if not self.options.demo or self.database.demo_version:
            return
        with self.progress.step("demo data") as step:
            people = await load_demo(self.services, self.options.root, self.options.people_per_city)
            step.note = f"{people} people in the directory"

    async def _start_gateway(self) -> None:
        gateway = Gateway(
            self.template,
            self.runtime,
            physical=self.physical,
            resolver=self._resolver(),
            log=self.log,
            country=self.options.country,
            cache=self.services.edge_cache,
            slowness=self.options.slowness,
            replaced={
                source: self.options.root / "web" / "dist"
                for deployment in self.template.deployments
                for source in deployment.sources
            },
        )
        console = console_app(
            self.services, self.scheduler, url=self.url, advance_clock=self.advance_clock
        )
        server = Server(LocalRouter(console, gateway), self._listener, **SERVER_OPTIONS)
        await server.start()
        self._exit_stack.push_async_callback(server.stop)

    def _resolver(self) -> Resolver:
        """Return the resolver to local resources, WebSocket addresses included."""
        plain = self.template.resolver(self.physical)
        rewrites = websocket_rewrites(self.template, plain, self.url)
        return self.template.resolver(self.physical, rewrites=rewrites, secret=self._secret)

    def _secret(self, name: str) -> str:
        """Read a secret that the template refers to by name."""
        manager = self.emulator.client("secretsmanager")
        value: str = manager.get_secret_value(SecretId=name)["SecretString"]
        return value

    def warm_up(self) -> None:
        """Start an environment of each HTTP function and of the authorizer, in the background."""
        warming = asyncio.create_task(self._warm_up())
        self._exit_stack.callback(warming.cancel)

    async def _warm_up(self) -> None:
        # One after another: started all at once, they compete with the first requested page for
        # the processor, and on two cores that page takes as long as all of them.
        await asyncio.to_thread(_request_health, self.port)
        routes = (route for api in self.template.http_apis for route in api.routes)
        for name in dict.fromkeys(route.function for route in routes):
            await self.runtime.warm(name)


def _request_health(port: int) -> None:
    """Request the health check, so that no visitor waits for the first cold start."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/api/health")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return  # stopped meanwhile; the next request reports it
    finally:
        connection.close()
