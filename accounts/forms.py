from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail"
        # Password managers fill in a username; allauth says e-mail wherever e-mail may be used as well.
        self.fields["login"].widget.attrs["autocomplete"] = "username"
