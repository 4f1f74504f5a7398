from collections.abc import Iterable
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from conversations.closing import close


class StaffSignInForm(AdminAuthenticationForm):
    """Allows as many wrong passwords as the site's own sign-in; Django's form allows any number."""

    def clean(self) -> dict[str, Any]:
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username and password:
            self.user_cache = get_adapter().authenticate(self.request, username=username, password=password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data


class Users(UserAdmin):  # type: ignore[type-arg]
    """Deletes a user as they would themselves: with every object in the store, not the rows alone."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """A filter in the address such as `prompts__contains` would tell what a user keeps, guess by guess."""
        return lookup.partition("__")[0] in map(str, self.list_filter)

    def get_deleted_objects(self, objs: Iterable[User], request: HttpRequest) -> Any:
        """Of what a user has said, nothing is listed, however much it is."""
        return [str(user) for user in objs], {"users, with all their conversations": len(list(objs))}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        close(obj.id)
        kind = ContentType.objects.get_for_model(User)
        # Who was deleted is not told: their name is gone with them.
        by = cast(User, request.user)
        LogEntry.objects.create(user=by, content_type=kind, object_repr="a user", action_flag=DELETION)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[User]) -> list[LogEntry]:
        """Done above."""
        return []


admin.site.login_form = StaffSignInForm
admin.site.register(User, Users)
# They show tokens, and let staff add other sites to sign in with.
admin.site.unregister([SocialAccount, SocialApp, SocialToken])
