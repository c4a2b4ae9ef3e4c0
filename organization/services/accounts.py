"""Accounts of people and of programs."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from organization.errors import DutiesApart, NameTaken, NoSuchChannel, NoSuchScope
from organization.models import ApiClient, BusinessLine, ClientChannel, Membership, Role, Scope, Team, Unit, User
from organization.recording import on_record, picture
from security.services import record

KEY_PREFIX = "sqm_"
SCOPES = tuple(Scope.values)
DEFAULT_SCOPES = SCOPES[:2]
CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"  # no i l o 0 1


@transaction.atomic
def create_client(
    name: str,
    *,
    channels: Iterable[str],
    unit: Unit,
    scopes: Iterable[str] = DEFAULT_SCOPES,
    per_minute: int | None = None,
    at: datetime,
    actor: User | None = None,
) -> tuple[ApiClient, str]:
    """Make an integration with its own service account; the key is returned once and kept only as a digest.

    actor  who does it; None: somebody at the console, and `system` stands on record
    Raises NameTaken, NoSuchChannel, NoSuchScope.
    """
    channels, scopes = known_channels(channels), known_scopes(scopes)
    if ApiClient.objects.filter(name=name).exists():
        raise NameTaken(name=name)
    key = f"{KEY_PREFIX}{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"
    user = User(username=f"client:{name}", display_name=name, is_service=True, legal_entity_id=unit.legal_entity_id)
    user.set_unusable_password()
    user.save()
    grant(user, role=Role.INTEGRATION, unit=unit, at=at, actor=actor)
    client = ApiClient.objects.create(
        name=name,
        user=user,
        legal_entity=unit.legal_entity,
        unit=unit,
        key_hash=digest_of(key),
        key_prefix=key[:12],
        channels=channels,
        scopes=scopes,
        per_minute=per_minute,
    )
    on_record(client, actor=actor, at=at, was={}, now=picture(client))
    return client, key


def known_channels(channels: Iterable[str]) -> list[str]:
    channels = list(channels)
    if strange := set(channels).difference(ClientChannel.values):
        raise NoSuchChannel(channels=", ".join(sorted(strange)), known=", ".join(ClientChannel.values))
    return channels


def known_scopes(scopes: Iterable[str]) -> list[str]:
    scopes = list(scopes)
    if unknown := set(scopes).difference(SCOPES):
        raise NoSuchScope(scopes=", ".join(sorted(unknown)), known=", ".join(SCOPES))
    return scopes


@transaction.atomic
def revoke_client(client: ApiClient, *, at: datetime, actor: User | None = None) -> bool:
    """The key stops working within half a minute, on every host, and for good. False: it was revoked before."""
    revoked = ApiClient.objects.filter(pk=client.pk, revoked_at=None).update(revoked_at=at) == 1
    client.refresh_from_db(fields=["revoked_at"])
    if revoked:
        on_record(client, actor=actor, at=at, was={"revoked_at": None}, now={"revoked_at": client.revoked_at})
    return revoked


@transaction.atomic
def create_user(
    username: str,
    *,
    role: str,
    unit: Unit | None,
    at: datetime,
    display_name: str = "",
    staff_number: str = "",
    team: Team | None = None,
    email: str = "",
    actor: User | None = None,
) -> tuple[User, str]:
    """Make a person with one role; the password is returned once and must be changed at the first login.

    unit   None for a group administrator
    actor  who does it; None: somebody at the console, and `system` stands on record
    Raises NameTaken, also for a staff number that somebody of the legal entity has.
    """
    if User.objects.filter(username__iexact=username).exists():
        raise NameTaken(name=username)
    numbered = User.objects.filter(legal_entity=unit.legal_entity_id if unit else None, staff_number=staff_number)
    if staff_number and numbered.exists():
        raise NameTaken(name=staff_number)
    password = one_time_password()
    user = User(
        username=username,
        display_name=display_name or username,
        staff_number=staff_number,
        email=email,
        legal_entity_id=unit.legal_entity_id if unit else None,
        is_staff=True,
        must_change_password=True,
    )
    user.set_password(password)
    user.save()
    on_record(user, actor=actor, at=at, was={}, now=picture(user))
    grant(user, role=role, unit=unit, team=team, at=at, actor=actor)
    return user, password


def one_time_password() -> str:
    """74 random bits, in letters that nobody mistakes for another on the phone."""
    return "-".join("".join(secrets.choice(CLEAR) for _sign in range(5)) for _group in range(3))


@transaction.atomic
def issue_password(user: User, *, actor: User, at: datetime) -> str:
    """Give out a password for one use: the old one and all sessions end, and the next login asks for a new one.

    Returned once; on record stands who gave it to whom.
    """
    password = one_time_password()
    user.set_password(password)  # sessions carry a hash of the old one, and die with it
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    record("issue_password", actor=actor, subject=f"user:{user.pk}", at=at)
    return password


@transaction.atomic
def grant(
    user: User,
    *,
    role: str,
    unit: Unit | None,
    at: datetime,
    team: Team | None = None,
    business_line: BusinessLine | None = None,
    actor: User | None = None,
) -> Membership:
    """Give a person a role in a unit of their legal entity, from the day of `at` on. Raises DutiesApart.

    unit   None for a group administrator, who belongs to no legal entity
    actor  who does it; None: somebody at the console
    """
    membership = Membership(
        user=user,
        role=role,
        unit=unit,
        legal_entity_id=unit.legal_entity_id if unit else None,
        team=team,
        business_line=business_line,
        valid_from=timezone.localdate(at),
    )
    if membership.clashes():
        raise DutiesApart
    membership.save()
    on_record(membership, actor=actor, at=at, was={}, now=picture(membership))
    return membership


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
