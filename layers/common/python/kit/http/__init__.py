"""HTTP applications: middleware, problem+json, one transaction per request, access rules of routes."""

from kit.context import client_ip, request_id
from kit.http.app import API, create_app
from kit.http.caching import cache_publicly, capped_max_age, public_cache_control
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
    "cache_publicly",
    "capped_max_age",
    "client_ip",
    "create_app",
    "lambda_handler",
    "public_cache_control",
    "request_id",
    "unit_of_work",
]
