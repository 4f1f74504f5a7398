"""What every page knows: the site's name and words, and the visitor's theme."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.preferences import theme
from chatsite.catalog import catalog


@dataclass(frozen=True)
class Site:
    name: str
    welcome: str
    logo: str
    backend: str
    single_user: bool
    signup_open: bool
    hugging_face: bool


def look(request: HttpRequest) -> dict[str, Any]:
    """`chatsite` rather than `site`, which django-allauth gives its own pages."""
    return {
        "chatsite": Site(
            name=settings.SITE_NAME,
            welcome=settings.SITE_WELCOME,
            logo=settings.SITE_LOGO,
            backend=settings.LLM_BACKEND,
            single_user=settings.SINGLE_USER,
            signup_open=settings.SIGNUP_OPEN,
            hugging_face=settings.HUGGING_FACE_SIGN_IN,
        ),
        # A page of somebody who has signed in may say otherwise.
        "theme": theme(request.COOKIES),
        # Looked up by whole pages only.
        "catalog": catalog,
    }
