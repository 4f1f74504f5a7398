from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from chatsite.middleware import OnTheLoop


def policy(logo: str, sign_in: str = "") -> str:
    """What a model says ends up in our pages: nothing there may run, and nothing may be fetched from elsewhere.

    Browsers hold a form to its rule after redirects too, so where people can sign in with another site it is named.
    """
    # A source with a query would be ignored as a whole.
    picture = urlsplit(logo)._replace(query="", fragment="").geturl() if logo.startswith("https://") else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: {picture}".rstrip(),
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "frame-src 'self'",
            f"form-action 'self' {sign_in}".rstrip(),
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class ContentSecurityPolicy(OnTheLoop):
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        provider = urlsplit(settings.OPENID_PROVIDER_URL)
        sign_in = f"{provider.scheme}://{provider.netloc}" if settings.HUGGING_FACE_SIGN_IN else ""
        self.policy = policy(settings.SITE_LOGO, sign_in)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response
