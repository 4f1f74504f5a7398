"""django-allauth's forms in the words of the rest of the site."""

from typing import Any

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.socialaccount import forms as social_forms
from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import tokens
from accounts.models import User


class _OurWords:
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if email := self.fields.get("email"):
            email.label = str(email.label).replace("Email", "E-mail")


class LoginForm(forms.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username or e-mail")
        # Password managers fill in a username; allauth says e-mail wherever e-mail may be used as well.
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class SignupForm(_OurWords, forms.SignupForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(_OurWords, forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def save(self) -> None:
        super().save()
        get_adapter().forget_tries(self.user)


class AddEmailForm(_OurWords, forms.AddEmailForm):  # type: ignore[misc]
    pass


class SocialSignupForm(_OurWords, social_forms.SignupForm):  # type: ignore[misc]
    pass


class DisconnectForm(social_forms.DisconnectForm):  # type: ignore[misc]
    def save(self) -> None:
        super().save()
        tokens.forget_given(self.request.user.id)


class LeaveForm(django_forms.Form):
    """Asks for the password; who has none types their name, so that no click alone does it."""

    password = django_forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=django_forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    username = django_forms.CharField(
        label=gettext_lazy("Your username"),
        widget=django_forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "dir": "auto"}
        ),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        del self.fields["username" if user.has_usable_password() else "password"]

    def clean_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise ValidationError(_("This is not your password."))
        return ""

    def clean_username(self) -> str:
        if self.cleaned_data["username"] != self.user.username:
            raise ValidationError(_("This is not your username."))
        return ""


class TokenForm(django_forms.Form):
    token = django_forms.CharField(
        label=gettext_lazy("Token"),
        widget=django_forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("It begins with hf_ and needs the permission to make calls to Inference Providers."),
        validators=[
            RegexValidator(r"\Ahf_[!-~]+\Z", gettext_lazy("A token begins with hf_ and has no spaces.")),
            MaxLengthValidator(199, gettext_lazy("This is too long to be a token.")),
        ],
    )
