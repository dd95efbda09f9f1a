"""What a person asks of all books at once. Nothing here names a provider."""

from fastapi import APIRouter, Depends

from crm.dependencies import DATA_SUBJECT, OwnDataRequestsDep, limit_data_requests
from crm.schemas.data_requests import SubmitDataRequest, OwnDataRequestsView, OwnDataRequestView
from kit.http import API

router = APIRouter(prefix=f"{API}/privacy/requests", dependencies=[DATA_SUBJECT], tags=["privacy"])


@router.get("")
async def list_own_data_requests(asking: OwnDataRequestsDep) -> OwnDataRequestsView:
    """Return what one asked in the last ninety days, and what was answered; answers are kept thirty days."""
    return OwnDataRequestsView(items=[OwnDataRequestView.from_domain(one) for one in asking.list()])


@router.post("", status_code=202, dependencies=[Depends(limit_data_requests)])
async def submit_data_request(body: SubmitDataRequest, asking: OwnDataRequestsDep) -> OwnDataRequestView:
    """Ask everybody who may keep something what it is, or to erase it; each of both once in thirty days."""
    return OwnDataRequestView.from_domain(asking.submit(body.kind))
