"""Routes of a provider's own profile."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response

from contracts.identity import Permission
from escorts.dashboard_dependencies import (
    ModerationDep,
    Owner,
    ProfileServiceDep,
    limit_submissions,
    limit_writes,
)
from escorts.dependencies import is_staff
from escorts.domain.profiles import Profile
from escorts.domain.publication import PublicationAction
from escorts.schemas.owner_and_staff import OwnView, VerificationHistoryView, VerificationView
from escorts.schemas.requests import ConsentBody, CreateProfile, UpdateProfile
from escorts.service.my_profile import ProfileService
from kit.auth import Audience, Principal, requires
from kit.errors import Invalid
from kit.http import API
from kit.i18n import gettext as _

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])
_ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


@router.post("", status_code=201, dependencies=[Depends(limit_writes)])
async def create_profile(
    body: CreateProfile,
    owner: Annotated[Principal, requires(Permission.CREATE_ESCORT_PROFILE)],
    profiles: ProfileServiceDep,
    response: Response,
) -> OwnView:
    """Create your profile: a draft that only you see. There is one per account."""
    profile = profiles.create(
        owner.user_id, body.to_content(), body.date_of_birth, claimed_age=body.age
    )
    response.headers["location"] = f"{API}/escorts/{profile.id}"
    return own_profile_response(profiles, profile, response)


@router.get("/me")
async def read_own_profile(
    owner: Owner, profiles: ProfileServiceDep, response: Response
) -> OwnView:
    """Return your own profile with its checklist; `ETag` is its version."""
    return own_profile_response(profiles, profiles.get(owner.user_id), response)


@router.put("/{profile_id}", dependencies=[Depends(limit_writes)])
async def update_profile(
    profile_id: UUID,
    body: UpdateProfile,
    owner: Owner,
    profiles: ProfileServiceDep,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> OwnView:
    """Replace the content. `If-Match` is the version that was read; 412 if it is not the latest."""
    profile = profiles.update(
        owner.user_id,
        profile_id,
        parse_if_match(if_match),
        body.to_content(),
        slug=body.slug,
        birth_date=body.date_of_birth,
    )
    return own_profile_response(profiles, profile, response)


@router.post("/{profile_id}/submit", dependencies=[Depends(limit_submissions)])
async def submit_profile(
    profile_id: UUID,
    body: ConsentBody,
    owner: Owner,
    profiles: ProfileServiceDep,
    response: Response,
) -> OwnView:
    """Agree to the statement, publish, and request verification."""
    profile = profiles.submit(owner.user_id, profile_id, body.consent_version)
    return own_profile_response(profiles, profile, response)


@router.post("/{profile_id}/publish", dependencies=[Depends(limit_writes)])
async def publish_profile(
    profile_id: UUID,
    body: ConsentBody,
    owner: Owner,
    profiles: ProfileServiceDep,
    response: Response,
) -> OwnView:
    """Agree to the statement and publish the profile, for example once more."""
    profile = profiles.publish(owner.user_id, profile_id, body.consent_version)
    return own_profile_response(profiles, profile, response)


@router.post("/{profile_id}/withdraw", dependencies=[Depends(limit_writes)])
async def withdraw_profile(
    profile_id: UUID, owner: Owner, profiles: ProfileServiceDep, response: Response
) -> OwnView:
    """Withdraw the profile and your consent."""
    profile = profiles.apply_action(owner.user_id, profile_id, PublicationAction.WITHDRAW)
    return own_profile_response(profiles, profile, response)


@router.post("/{profile_id}/hide", dependencies=[Depends(limit_writes)])
async def hide_profile(
    profile_id: UUID, owner: Owner, profiles: ProfileServiceDep, response: Response
) -> OwnView:
    """Hide the profile for a while; consent stays."""
    profile = profiles.apply_action(owner.user_id, profile_id, PublicationAction.HIDE)
    return own_profile_response(profiles, profile, response)


@router.post("/{profile_id}/show", dependencies=[Depends(limit_writes)])
async def show_profile(
    profile_id: UUID, owner: Owner, profiles: ProfileServiceDep, response: Response
) -> OwnView:
    """Show a hidden profile again."""
    profile = profiles.apply_action(owner.user_id, profile_id, PublicationAction.SHOW)
    return own_profile_response(profiles, profile, response)


@router.get("/{profile_id}/verification")
async def read_verification(
    profile_id: UUID,
    user: Annotated[
        Principal,
        requires(
            Permission.UPDATE_OWN_ESCORT_PROFILE,
            Permission.VERIFY_ESCORTS,
            audience=(Audience.SITE, Audience.ADMIN),
        ),
    ],
    profiles: ProfileServiceDep,
    moderation: ModerationDep,
) -> VerificationHistoryView:
    """Return a profile's requests for verification, to its owner and to staff (staff access is logged)."""
    if is_staff(user):
        return VerificationHistoryView.from_domain(moderation.get_case(user.user_id, profile_id))
    history = profiles.list_verifications(user.user_id, profile_id)
    items = [VerificationView.from_domain(item) for item in history]
    return VerificationHistoryView(profile_id=profile_id, date_of_birth=None, items=items)


def own_profile_response(profiles: ProfileService, profile: Profile, response: Response) -> OwnView:
    """Return the profile for its owner, with its version as `ETag`."""
    response.headers["etag"] = f'"{profile.version}"'
    return OwnView.from_domain(profiles.get_overview(profile))


def parse_if_match(if_match: str | None) -> int:
    """Return the version in the `If-Match` header."""
    found = _ETAG.fullmatch(if_match.strip()) if if_match else None
    if found is None:
        raise Invalid(
            "version-needed",
            _('Send the version you read (its ETag) in the header If-Match, like "3".'),
            field="If-Match",
        )
    return int(found[1])
