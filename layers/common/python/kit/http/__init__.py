"""The HTTP edge: applications, problem+json, one transaction per request, the guards around every route."""

from kit.context import client_ip, request_id
from kit.http.app import API, create_app
from kit.http.caching import lifetime, shared, shared_for
from kit.http.lambda_entry import LambdaHandler, lambda_handler
from kit.http.models import ApiModel, Page, Problem, Request, Response
from kit.http.transaction import unit_of_work

__all__ = [
    "API",
    "ApiModel",
    "LambdaHandler",
    "Page",
    "Problem",
    "Request",
    "Response",
    "client_ip",
    "create_app",
    "lambda_handler",
    "lifetime",
    "request_id",
    "shared",
    "shared_for",
    "unit_of_work",
]
