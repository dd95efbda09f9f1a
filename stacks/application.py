"""Stacks of a stage, and the order of their deployment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import App

from stacks.api_stack import ApiStack
from stacks.auth_stack import AuthStack
from stacks.bookings_stack import BookingsStack
from stacks.crm_stack import CrmStack
from stacks.data_stack import DataStack
from stacks.edge_global_stack import EdgeGlobalStack
from stacks.edge_stack import EdgeStack
from stacks.escorts_purge_stack import EscortsPurgeStack
from stacks.escorts_stack import EscortsStack
from stacks.observability_stack import ObservabilityStack
from stacks.operations_stack import OperationsStack
from stacks.settings import Settings
from stacks.static_stack import StaticStack

CDK_JSON = Path(__file__).resolve().parents[1] / "cdk.json"


def new_app(out: str | None = None, context: Mapping[str, object] | None = None) -> App:
    """Return an app with the context of cdk.json, which is otherwise read by the CDK's command line only.

    Assets are not built unless the command line asks for it: a synth for tests or the local cloud has no
    use for them.
    """
    shared = json.loads(CDK_JSON.read_text())["context"]
    return App(
        outdir=out,
        analytics_reporting=False,
        context={"aws:cdk:bundling-stacks": [], **shared, **(context or {})},
    )


@dataclass(frozen=True)
class Application:
    """Stacks of one stage."""

    app: App
    data: DataStack
    api: ApiStack
    operations: OperationsStack
    auth: AuthStack
    escorts: EscortsStack
    bookings: BookingsStack
    crm: CrmStack
    static: StaticStack
    edge_global: EdgeGlobalStack
    edge: EdgeStack
    escorts_purge: EscortsPurgeStack
    observability: ObservabilityStack


def build(app: App, settings: Settings) -> Application:
    """Create the stacks: state, then the API, then migrations, then the features that need them."""
    data = DataStack(app, settings)
    static = StaticStack(app, settings)
    api = ApiStack(app, data)
    operations = OperationsStack(app, data, api)
    auth = AuthStack(app, data, api)
    escorts = EscortsStack(app, data, api)
    bookings = BookingsStack(app, data, api)
    crm = CrmStack(app, data, api)
    for stack in (auth, escorts, bookings, crm):
        stack.add_stack_dependency(operations)
        stack.add_stack_dependency(static)
    edge_global = EdgeGlobalStack(app, settings)
    edge = EdgeStack(app, api, static, edge_global)
    features = (operations, auth, escorts, bookings, crm)
    for feature in features:
        edge.add_stack_dependency(feature)
    purge = EscortsPurgeStack(app, data, api, edge.distribution)
    observability = ObservabilityStack(app, data, api, (*features, purge))
    return Application(
        app=app,
        data=data,
        api=api,
        operations=operations,
        auth=auth,
        escorts=escorts,
        bookings=bookings,
        crm=crm,
        static=static,
        edge_global=edge_global,
        edge=edge,
        escorts_purge=purge,
        observability=observability,
    )
