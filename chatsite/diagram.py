"""The page in which one diagram is drawn: a frame of no origin, which runs Mermaid and can reach nothing."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_sameorigin

SCRIPTS = ("vendor/mermaid/mermaid.min.js", "js/drawing.js")


def policy(scripts: list[str]) -> str:
    """Mermaid writes styles into its drawings. Were a script among what it draws, it would find nobody to talk to."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(scripts)}",
            "style-src 'unsafe-inline'",
            "img-src data:",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
            "sandbox allow-scripts",
        )
    )


@login_not_required
@cache_control(no_cache=True)
@xframe_options_sameorigin
def diagram(request: HttpRequest) -> HttpResponse:
    urls = [static(name) for name in SCRIPTS]
    response = render(request, "diagram.html", {"scripts": urls})
    response.headers["Content-Security-Policy"] = policy([request.build_absolute_uri(url) for url in urls])
    response.headers["X-DNS-Prefetch-Control"] = "off"
    return response
