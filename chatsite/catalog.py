"""What the page's scripts say, in the reader's language: in the page itself, so that it costs no request."""

from functools import lru_cache

from django.conf import settings
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog


def catalog() -> SafeString:
    """Nothing in English: that is what the scripts have."""
    language = get_language() or settings.LANGUAGE_CODE
    return mark_safe("") if language == settings.LANGUAGE_CODE else _element(language)


@lru_cache
def _element(language: str) -> SafeString:
    view = JavaScriptCatalog()
    view.translation = DjangoTranslation(
        language, domain="djangojs", localedirs=[str(path) for path in settings.LOCALE_PATHS]
    )
    return json_script(view.get_catalog(), "catalog")
