"""Who calls the API: a program with its key, or a person with a session."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.request import Request

from organization.models import ApiClient, User
from organization.rights import rights_of
from organization.services import KEY_PREFIX, digest_of
from sqm_site.remembering import Memory

CACHE_SECONDS = 30  # a revoked key works at most this long on a host that has just seen it
LAST_USED_EVERY = timedelta(hours=1)
REFUSED = _("The API key is unknown, expired or revoked. Ask the administrator for a new one.")
NO_TOKEN = _("Send the X-CSRFToken of your session. A program sends its key instead, and no cookies.")
SEEN: Memory[ApiClient] = Memory(CACHE_SECONDS, most=4_096)  # hash of a key -> its client


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer sqm_...`. Keys anywhere else, such as the address, are not looked at."""

    def authenticate(self, request: Request) -> tuple[User, ApiClient] | None:
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not key.startswith(KEY_PREFIX):
            raise AuthenticationFailed(REFUSED)
        client = client_of(digest_of(key.strip()), timezone.now())
        if client is None:
            raise AuthenticationFailed(REFUSED)
        return client.user, client

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="sqm"'


class PersonAuthentication(SessionAuthentication):
    """A session of the pages; a POST needs its CSRF token."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise PermissionDenied(NO_TOKEN, code="csrf") from error

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="sqm"'  # without it a missing key would be answered 403


def actor_of(request: Request | HttpRequest) -> User:
    """The account that acts in a request. Doors that use it are behind authentication."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def client_of(key_hash: str, at: datetime) -> ApiClient | None:
    """The live client with this key, from this process's memory where it was seen in the last half minute."""
    client = SEEN.get(key_hash, lambda: looked_up(key_hash, at))
    return client if client is not None and client.is_live(at) else None


def looked_up(key_hash: str, at: datetime) -> ApiClient | None:
    client = (
        ApiClient.objects.select_related("user", "unit", "legal_entity")
        .filter(key_hash=key_hash, user__is_active=True)
        .first()
    )
    if client is None or not client.is_live(at):
        return None
    if client.last_used_at is None or at - client.last_used_at > LAST_USED_EVERY:
        ApiClient.objects.filter(pk=client.pk).update(last_used_at=at)
    rights_of(client.user)  # read now, and remembered with the client
    return client


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes the key."""

    target_class = "organization.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The key printed by `manage.py create_client`."}


class PersonScheme(SessionScheme):
    """A person's session, as Django's own scheme describes it."""

    target_class = "organization.authentication.PersonAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        said = "A person's session of the pages. A POST needs its CSRF token in X-CSRFToken."
        return {**super().get_security_definition(auto_schema), "description": said}
