"""What the page of a new chat begins with: a preset, a model, or neither."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from conversations.presets import presets_of
from conversations.starters import Starter
from conversations.views.access import Request


def beginning(request: Request) -> dict[str, Any]:
    """What the address, or a form that came back, has chosen, and all there is to choose from."""
    given = request.POST if request.method == "POST" else request.GET
    model, wanted = given.get("model", "")[:200], given.get("preset")
    found = presets_of(request.user)
    preset = next((one for one in found if one.id == wanted), None)
    wishes = {"model": model, "preset": preset.id if preset else ""}
    context: dict[str, Any] = {
        "presets": found,
        "preset": preset,
        "asked_model": model,
        "wished_model": model or (preset.model if preset else ""),
        "wishes": json.dumps({name: wish for name, wish in wishes.items() if wish}),
    }
    if preset:
        context["starters"] = [Starter("", text) for text in preset.starters]
    elif wanted:
        context["notice"] = _("There is no such preset any more.")
    return context
