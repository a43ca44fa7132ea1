from accounts.models.address_change import AddressChange
from accounts.models.audit import AuditEvent
from accounts.models.client import Client
from accounts.models.invitation import Invitation
from accounts.models.membership import Membership, Role
from accounts.models.scope import Scope, scopes_of
from accounts.models.token import ApiToken
from accounts.models.user import User
from accounts.models.workspace import Mode, Workspace

__all__ = [
    "AddressChange",
    "ApiToken",
    "AuditEvent",
    "Client",
    "Invitation",
    "Membership",
    "Mode",
    "Role",
    "Scope",
    "User",
    "Workspace",
    "scopes_of",
]
