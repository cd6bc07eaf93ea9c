"""Accounts: users, groups, service principals, their passwords and tokens."""

from app.accounts.groups import add_member, list_members, list_own_groups, remove_member
from app.accounts.passwords import change_password, set_hashed_password, set_password
from app.accounts.principals import (
    Person,
    create_group,
    create_service_principal,
    create_user,
    delete_principal,
    describe_principal,
    disable_principal,
    enable_principal,
    get_principal,
    list_principals,
    rename_principal,
)
from app.accounts.tokens import (
    CreatedToken,
    Token,
    create_token,
    list_own_tokens,
    list_tokens,
    revoke_token,
)

__all__ = [
    "CreatedToken",
    "Person",
    "Token",
    "add_member",
    "change_password",
    "create_group",
    "create_service_principal",
    "create_token",
    "create_user",
    "delete_principal",
    "describe_principal",
    "disable_principal",
    "enable_principal",
    "get_principal",
    "list_members",
    "list_own_groups",
    "list_own_tokens",
    "list_principals",
    "list_tokens",
    "remove_member",
    "rename_principal",
    "revoke_token",
    "set_hashed_password",
    "set_password",
]
