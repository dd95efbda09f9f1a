"""Roles, account statuses and permissions, shared by all features.

The table of permissions is code, not data: a permission appears here, on an endpoint and in the
authorization matrix test, or nowhere. Ownership ("own") is checked by the use case; a permission
only says that the role can have such a resource at all.
"""

from enum import StrEnum


class Role(StrEnum):
    """Role of an account, fixed at registration."""

    CLIENT = "client"
    ESCORT = "escort"
    AGENCY = "agency"
    ADMIN = "admin"


class UserStatus(StrEnum):
    """Status of an account. Too many wrong passwords lead to a rate limit, not to a status."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    BANNED = "banned"
    CLOSED = "closed"


class Permission(StrEnum):
    """Permission that an endpoint may require."""

    # the account itself
    READ_OWN_PROFILE = "read:own_profile"
    UPDATE_OWN_PROFILE = "update:own_profile"
    MANAGE_OWN_SECURITY = "manage:own_security"
    CLOSE_OWN_ACCOUNT = "close:own_account"
    SUBMIT_DATA_REQUEST = "submit:data_request"

    # the directory
    READ_ESCORT_PROFILES = "read:escort_profiles"
    CREATE_ESCORT_PROFILE = "create:escort_profile"
    UPDATE_OWN_ESCORT_PROFILE = "update:own_escort_profile"
    MANAGE_OWN_MEDIA = "manage:own_media"
    MANAGE_OWN_FAVOURITES = "manage:own_favourites"

    # bookings: client and provider read, reschedule and cancel their own
    CREATE_BOOKING = "create:booking"
    READ_OWN_BOOKINGS = "read:own_bookings"
    UPDATE_OWN_BOOKINGS = "update:own_bookings"
    CANCEL_OWN_BOOKINGS = "cancel:own_bookings"

    # messages and notifications
    READ_OWN_MESSAGES = "read:own_messages"
    SEND_MESSAGES = "send:messages"
    MANAGE_OWN_NOTIFICATIONS = "manage:own_notifications"

    # reviews
    WRITE_REVIEW = "write:review"
    REPLY_TO_OWN_REVIEWS = "reply:own_reviews"

    # money
    MAKE_PAYMENT = "make:payment"
    READ_OWN_PAYMENTS = "read:own_payments"
    REFUND_OWN_PAYMENTS = "refund:own_payments"
    MANAGE_OWN_PAYOUTS = "manage:own_payouts"

    # a provider's CRM
    USE_CRM = "use:crm"
    READ_OWN_ANALYTICS = "read:own_analytics"

    # agencies act on a consented roster, never on credentials, payouts or the CRM
    MANAGE_OWN_AGENCY = "manage:own_agency"
    MANAGE_ROSTER = "manage:roster"
    READ_ROSTER_BOOKINGS = "read:roster_bookings"
    UPDATE_ROSTER_BOOKINGS = "update:roster_bookings"
    READ_ROSTER_STATEMENTS = "read:roster_statements"
    GRANT_AGENCY_CONSENT = "grant:agency_consent"

    # safety
    FILE_REPORT = "file:report"
    USE_SAFETY_TOOLS = "use:safety_tools"

    # staff
    READ_ALL_USERS = "read:all_users"
    UPDATE_ANY_USER = "update:any_user"
    UPDATE_USER_STATUS = "update:user_status"
    READ_ALL_ESCORT_PROFILES = "read:all_escort_profiles"
    UPDATE_ESCORT_STATUS = "update:escort_status"
    VERIFY_ESCORTS = "verify:escorts"
    MODERATE_TEXTS = "moderate:texts"
    MODERATE_MEDIA = "moderate:media"
    MODERATE_REVIEWS = "moderate:reviews"
    MODERATE_MESSAGES = "moderate:messages"
    HANDLE_REPORTS = "handle:reports"
    HANDLE_TAKEDOWNS = "handle:takedowns"
    READ_ALL_BOOKINGS = "read:all_bookings"
    UPDATE_ANY_BOOKING = "update:any_booking"
    READ_ALL_PAYMENTS = "read:all_payments"
    REFUND_ANY_PAYMENT = "refund:any_payment"
    READ_ANALYTICS = "read:analytics"
    MANAGE_CONFIGURATION = "manage:configuration"
    READ_STAFF_LOG = "read:staff_log"


_COMMON = frozenset(
    {
        Permission.READ_OWN_PROFILE,
        Permission.UPDATE_OWN_PROFILE,
        Permission.MANAGE_OWN_SECURITY,
        Permission.CLOSE_OWN_ACCOUNT,
        Permission.READ_ESCORT_PROFILES,
        Permission.MANAGE_OWN_NOTIFICATIONS,
        Permission.FILE_REPORT,
    }
)

_CLIENT = _COMMON | {
    Permission.MANAGE_OWN_FAVOURITES,
    Permission.CREATE_BOOKING,
    Permission.READ_OWN_BOOKINGS,
    Permission.CANCEL_OWN_BOOKINGS,
    Permission.READ_OWN_MESSAGES,
    Permission.SEND_MESSAGES,
    Permission.WRITE_REVIEW,
    Permission.SUBMIT_DATA_REQUEST,
    Permission.MAKE_PAYMENT,
    Permission.READ_OWN_PAYMENTS,
}

_ESCORT = _COMMON | {
    Permission.CREATE_ESCORT_PROFILE,
    Permission.UPDATE_OWN_ESCORT_PROFILE,
    Permission.MANAGE_OWN_MEDIA,
    Permission.READ_OWN_BOOKINGS,
    Permission.UPDATE_OWN_BOOKINGS,
    Permission.CANCEL_OWN_BOOKINGS,
    Permission.READ_OWN_MESSAGES,
    Permission.SEND_MESSAGES,
    Permission.REPLY_TO_OWN_REVIEWS,
    Permission.MAKE_PAYMENT,
    Permission.READ_OWN_PAYMENTS,
    Permission.REFUND_OWN_PAYMENTS,
    Permission.MANAGE_OWN_PAYOUTS,
    Permission.USE_CRM,
    Permission.READ_OWN_ANALYTICS,
    Permission.GRANT_AGENCY_CONSENT,
    Permission.USE_SAFETY_TOOLS,
}

_AGENCY = _COMMON | {
    Permission.READ_OWN_MESSAGES,
    Permission.SEND_MESSAGES,
    Permission.READ_OWN_PAYMENTS,
    Permission.MANAGE_OWN_AGENCY,
    Permission.MANAGE_ROSTER,
    Permission.READ_ROSTER_BOOKINGS,
    Permission.UPDATE_ROSTER_BOOKINGS,
    Permission.READ_ROSTER_STATEMENTS,
}

# Staff administer other accounts; they do not book, sell or use a CRM with the same account.
_ADMIN = _COMMON | {
    Permission.READ_ALL_USERS,
    Permission.UPDATE_ANY_USER,
    Permission.UPDATE_USER_STATUS,
    Permission.READ_ALL_ESCORT_PROFILES,
    Permission.UPDATE_ESCORT_STATUS,
    Permission.VERIFY_ESCORTS,
    Permission.MODERATE_TEXTS,
    Permission.MODERATE_MEDIA,
    Permission.MODERATE_REVIEWS,
    Permission.MODERATE_MESSAGES,
    Permission.HANDLE_REPORTS,
    Permission.HANDLE_TAKEDOWNS,
    Permission.READ_ALL_BOOKINGS,
    Permission.UPDATE_ANY_BOOKING,
    Permission.READ_ALL_PAYMENTS,
    Permission.REFUND_ANY_PAYMENT,
    Permission.READ_ANALYTICS,
    Permission.MANAGE_CONFIGURATION,
    Permission.READ_STAFF_LOG,
}

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.CLIENT: frozenset(_CLIENT),
    Role.ESCORT: frozenset(_ESCORT),
    Role.AGENCY: frozenset(_AGENCY),
    Role.ADMIN: frozenset(_ADMIN),
}
"""Permissions of each role. Keys and values are plain strings to `kit`, which knows no roles."""
