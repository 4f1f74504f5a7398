"""Which models there are to choose from, and which of them a user likes best."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.preferences import Choices, chosen, merged
from accounts.tokens import hugging_face_token
from conversations import offer
from conversations.forms import FlagForm
from conversations.models import Conversation
from conversations.tuning import LineField
from conversations.views.access import Request
from conversations.views.acts import act, sent
from conversations.views.profile import change_own
from conversations.writer import write

FAVOURITES = "favourite_models"
MOST_FAVOURITES = 50
RECENT = 4
LOOKED_AT = 40
"""Of the newest conversations, so many are asked for their models."""


class FavouriteForm(FlagForm):
    model = LineField(max_length=200)


@require_safe
def models(request: Request) -> HttpResponse:
    token = async_to_sync(hugging_face_token)(request.user.id, write)
    found = async_to_sync(offer.models)(offer.config_with(token))
    offered = {model.id for model in found}
    return JsonResponse(
        {
            "models": [
                {
                    "id": model.id,
                    "name": offer.model_name(model.id),
                    "server": model.server,
                    "context_length": model.context_length,
                    "modalities": model.modalities,
                    "providers": [
                        {
                            "name": provider.name,
                            "context_length": provider.context_length,
                            "input_price": provider.input_price,
                            "output_price": provider.output_price,
                            "tools": provider.tools,
                        }
                        for provider in model.providers
                    ],
                }
                for model in found
            ],
            "recent": [model for model in recent(request.user) if model in offered][:RECENT],
            "favourites": [model for model in favourites(request.user.preferences) if model in offered],
            "default": found[0].id if found else "",
        }
    )


@require_POST
@act
def favourite(request: Request) -> HttpResponse:
    wanted = sent(FavouriteForm, request)

    def with_it(known: Choices) -> Choices:
        others = [model for model in favourites(known) if model != wanted["model"]]
        models = [wanted["model"], *others][:MOST_FAVOURITES] if wanted["on"] else others
        return merged(known, chosen({FAVOURITES: "\n".join(models)}, timezone.now()))

    request.user.preferences = change_own(request, "preferences", with_it)
    return HttpResponse(status=204)


def favourites(choices: Choices) -> list[str]:
    """The last one chosen first."""
    entry: Any = choices.get(FAVOURITES)
    value = entry.get("value") if isinstance(entry, dict) else ""
    return [model for model in value.split("\n") if model] if isinstance(value, str) else []


def recent(user: User) -> list[str]:
    """Those that answered last, each once."""
    rows = Conversation.objects.owned_by(user).order_by("-updated_at")[:LOOKED_AT]
    return list(dict.fromkeys(model for model in rows.values_list("model", flat=True) if model))
