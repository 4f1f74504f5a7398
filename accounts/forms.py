"""django-allauth's forms in the words of the rest of the site."""

from typing import Any

from allauth.account import forms
from django.utils.translation import gettext as _


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


class AddEmailForm(_OurWords, forms.AddEmailForm):  # type: ignore[misc]
    pass
