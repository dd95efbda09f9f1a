"""Data requests of the signed-in account to all workspaces. No answer may name a provider."""

from fastapi import APIRouter, Depends

from crm.dependencies import DATA_SUBJECT, OwnDataRequestsDep, limit_data_requests
from crm.schemas.data_requests import OwnDataRequestsView, OwnDataRequestView, SubmitDataRequest
from kit.http import API

router = APIRouter(prefix=f"{API}/privacy/requests", dependencies=[DATA_SUBJECT], tags=["privacy"])


@router.get("")
async def list_own_data_requests(asking: OwnDataRequestsDep) -> OwnDataRequestsView:
    """Return the requests of the last ninety days with their answers, which are kept thirty days."""
    return OwnDataRequestsView(items=[OwnDataRequestView.from_domain(one) for one in asking.list()])


@router.post("", status_code=202, dependencies=[Depends(limit_data_requests)])
async def submit_data_request(
    body: SubmitDataRequest, asking: OwnDataRequestsDep
) -> OwnDataRequestView:
    """Submit a request for a copy of the data, or for its erasure, to all providers; each once in thirty days."""
    return OwnDataRequestView.from_domain(asking.submit(body.kind))
