from typing import Any

from allauth.account.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin

from accounts.models import User


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


admin.site.login_form = StaffSignInForm
admin.site.register(User, UserAdmin)
# They show tokens, and let staff add other sites to sign in with.
admin.site.unregister([SocialAccount, SocialApp, SocialToken])
