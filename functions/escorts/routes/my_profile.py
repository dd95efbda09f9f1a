"""What a provider does with her own profile."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response

from contracts.identity import Permission
from escorts.dashboard_dependencies import (
    Owner,
    OwnerSide,
    StaffSide,
    limit_submissions,
    limit_writes,
)
from escorts.dependencies import is_staff
from escorts.domain.profiles import Profile
from escorts.domain.publication import Action
from escorts.schemas.owner_and_staff import HistoryView, OwnView, VerificationView
from escorts.schemas.requests import ConsentBody, CreateProfile, UpdateProfile
from escorts.service.my_profile import Provider
from kit.auth import Audience, Principal, requires
from kit.errors import Invalid
from kit.http import API

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])
_ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


@router.post("", status_code=201, dependencies=[Depends(limit_writes)])
async def create_escort(
    body: CreateProfile,
    owner: Annotated[Principal, requires(Permission.CREATE_ESCORT_PROFILE)],
    provider: OwnerSide,
    response: Response,
) -> OwnView:
    """Begin one's profile: a draft that only its owner sees. There is one per account."""
    profile = provider.create(
        owner.user_id, body.to_content(), body.date_of_birth, claimed_age=body.age
    )
    response.headers["location"] = f"{API}/escorts/{profile.id}"
    return answer(provider, profile, response)


@router.get("/me")
async def read_own(owner: Owner, provider: OwnerSide, response: Response) -> OwnView:
    """Return one's own profile with what is missing until it is public; `ETag` is its version."""
    return answer(provider, provider.mine(owner.user_id), response)


@router.put("/{profile_id}", dependencies=[Depends(limit_writes)])
async def update_escort(
    profile_id: UUID,
    body: UpdateProfile,
    owner: Owner,
    provider: OwnerSide,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> OwnView:
    """Replace the content. `If-Match` is the version that was read; 412 if it is not the latest."""
    profile = provider.update(
        owner.user_id,
        profile_id,
        version(if_match),
        body.to_content(),
        slug=body.slug,
        birth_date=body.date_of_birth,
    )
    return answer(provider, profile, response)


@router.post("/{profile_id}/submit", dependencies=[Depends(limit_submissions)])
async def submit_escort(
    profile_id: UUID, body: ConsentBody, owner: Owner, provider: OwnerSide, response: Response
) -> OwnView:
    """Agree to the statement, publish, and ask to be verified."""
    profile = provider.submit(owner.user_id, profile_id, body.consent_version)
    return answer(provider, profile, response)


@router.post("/{profile_id}/publish", dependencies=[Depends(limit_writes)])
async def publish_escort(
    profile_id: UUID, body: ConsentBody, owner: Owner, provider: OwnerSide, response: Response
) -> OwnView:
    """Agree to the statement and say that the profile may be public, for example once more."""
    profile = provider.publish(owner.user_id, profile_id, body.consent_version)
    return answer(provider, profile, response)


@router.post("/{profile_id}/withdraw", dependencies=[Depends(limit_writes)])
async def withdraw_escort(
    profile_id: UUID, owner: Owner, provider: OwnerSide, response: Response
) -> OwnView:
    """Take the profile off the public, and consent back."""
    profile = provider.move(owner.user_id, profile_id, Action.WITHDRAW)
    return answer(provider, profile, response)


@router.post("/{profile_id}/hide", dependencies=[Depends(limit_writes)])
async def hide_escort(
    profile_id: UUID, owner: Owner, provider: OwnerSide, response: Response
) -> OwnView:
    """Hide the profile for a while; consent stays."""
    profile = provider.move(owner.user_id, profile_id, Action.HIDE)
    return answer(provider, profile, response)


@router.post("/{profile_id}/show", dependencies=[Depends(limit_writes)])
async def show_escort(
    profile_id: UUID, owner: Owner, provider: OwnerSide, response: Response
) -> OwnView:
    """Show a hidden profile again."""
    profile = provider.move(owner.user_id, profile_id, Action.SHOW)
    return answer(provider, profile, response)


@router.get("/{profile_id}/verification")
async def read_verification(
    profile_id: UUID,
    somebody: Annotated[
        Principal,
        requires(
            Permission.UPDATE_OWN_ESCORT_PROFILE,
            Permission.VERIFY_ESCORTS,
            audience=(Audience.SITE, Audience.ADMIN),
        ),
    ],
    provider: OwnerSide,
    staff: StaffSide,
) -> HistoryView:
    """Return a profile's requests for verification, to its owner and to staff (that is logged)."""
    if is_staff(somebody):
        return HistoryView.of(staff.case(somebody.user_id, profile_id))
    history = provider.history(somebody.user_id, profile_id)
    items = [VerificationView.of(item) for item in history]
    return HistoryView(profile_id=profile_id, date_of_birth=None, items=items)


def answer(provider: Provider, profile: Profile, response: Response) -> OwnView:
    """Show a profile to its owner, with its version as `ETag`."""
    response.headers["etag"] = f'"{profile.version}"'
    return OwnView.of(provider.overview(profile))


def version(if_match: str | None) -> int:
    """Return the version that `If-Match` names."""
    found = _ETAG.fullmatch(if_match.strip()) if if_match else None
    if found is None:
        raise Invalid(
            "version-needed",
            'Send the version you read (its ETag) in the header If-Match, like "3".',
            field="If-Match",
        )
    return int(found[1])
