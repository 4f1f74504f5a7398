"""Sentences of Django and django-allauth that our catalogs say in the tone of the rest of the site.

Both bring translations of their own, which count for all that is not here. The texts are theirs, to the letter.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

FORMS = (
    _("Enter a valid email address."),
    _("Forgot your password?"),
    _("Please type your current password."),
    _("The email address and/or password you specified are not correct."),
    _("The username and/or password you specified are not correct."),
    _("This account is currently inactive."),
    _("This field is required."),
    _("Too many failed login attempts. Try again later."),
    _("Use your password"),
    _("Username"),
    _("Username or email"),
    _("You cannot add more than %d email addresses."),
    _("You must type the same password each time."),
    _("Your password can’t be a commonly used password."),
    _("Your password can’t be entirely numeric."),
    _("Your password can’t be too similar to your other personal information."),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
)

NOTICES = (
    _("Confirmation email sent to %(email)s."),
    _("Password successfully changed."),
    _("Password successfully set."),
    _("Primary email address set."),
    _("Removed email address %(email)s."),
    _("Unable to confirm %(email)s because it is already confirmed by a different account."),
    _("You cannot remove your primary email address (%(email)s)."),
    _("You have confirmed %(email)s."),
    _("You have signed out."),
    _("Your primary email address must be verified."),
)

MAILS = (
    _("Account Already Exists"),
    _("Email Changed"),
    _("Email Confirmation"),
    _("Email Removed"),
    _("Email address %(deleted_email)s has been removed from your account."),
    _("Hello from %(site_name)s!"),
    _("If it was you, you can sign up for an account using the link below."),
    _(
        "If you do not recognize this change then please take proper security precautions immediately. The change to"
        " your account originates from:\n\n- IP address: %(ip)s\n- Browser: %(user_agent)s\n- Date: %(timestamp)s"
    ),
    _("In case you forgot, your username is %(username)s."),
    _("Password Changed"),
    _("Password Reset Email"),
    _("Password Set"),
    _("Please Confirm Your Email Address"),
    _("Thank you for using %(site_name)s!\n%(site_domain)s"),
    _("This mail can be safely ignored if you did not initiate this action."),
    _("To confirm this is correct, go to %(activate_url)s"),
    _("Unknown Account"),
    _(
        "You are receiving this email because you or someone else tried to signup for an\naccount using email"
        " address:\n\n%(email)s\n\nHowever, an account using that email address already exists.  In case you have\n"
        "forgotten about this, please use the password forgotten procedure to recover\nyour account:\n\n"
        "%(password_reset_url)s"
    ),
    _(
        "You are receiving this email because you, or someone else, tried to access an account with email %(email)s."
        " However, we do not have any record of such an account in our database."
    ),
    _("You are receiving this mail because the following change was made to your account:"),
    _(
        "You're receiving this email because user %(user_display)s has given your email address to register an account"
        " on %(site_domain)s."
    ),
    _(
        "You're receiving this email because you or someone else has requested a password reset for your user account."
        "\nIt can be safely ignored if you did not request a password reset. Click the link below to reset your"
        " password."
    ),
    _("Your email has been changed from %(from_email)s to %(to_email)s."),
    _("Your email has been confirmed."),
    _("Your password has been changed."),
    _("Your password has been reset."),
    _("Your password has been set."),
)
