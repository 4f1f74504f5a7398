"""One e-mail, sent as the site sends them."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from chatsite.doctor.trial import Step

TEXT = "The doctor of {name} sent this, to try whether e-mails arrive. Nothing has to be done.\n"
# In this order: each is also one of those below it.
SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "The mail server refuses the user or the password in EMAIL_URL."),
    (smtplib.SMTPSenderRefused, "The mail server takes no mail from {sender}: set EMAIL_FROM to one that it knows."),
    (smtplib.SMTPRecipientsRefused, "The mail server refuses the recipient."),
    (smtplib.SMTPDataError, "The mail server refuses the mail."),
    (smtplib.SMTPNotSupportedError, "The mail server has no encryption or no log-in: try smtp:// or smtp+ssl://."),
    (smtplib.SMTPServerDisconnected, "The mail server hung up: perhaps it wants smtp+ssl:// or smtp+tls://."),
    (smtplib.SMTPException, "The mail server answers something else than SMTP."),
    (ssl.SSLError, "No encrypted connection: smtp+ssl:// is for port 465, smtp+tls:// for 587."),
    (TimeoutError, "The mail server does not answer: is the port right, and not blocked here?"),
    (socket.gaierror, "There is no mail server of that name."),
    (OSError, "The mail server cannot be reached."),
)


def send(recipient: str) -> Step:
    if settings.EMAIL_BACKEND.endswith(".console.EmailBackend"):
        return Step("e-mail", "not tried", "EMAIL_URL is not set")
    if not recipient:
        return Step("e-mail", "not tried", "no address was given: --email you@example.org")
    began = time.monotonic()
    try:
        message = EmailMessage(
            f"[{settings.SITE_NAME}] A trial", TEXT.format(name=settings.SITE_NAME), to=[recipient],
            connection=get_connection(),
        )  # fmt: skip
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        return Step("e-mail", "failed", in_words(error), time.monotonic() - began)
    return Step("e-mail", "ok", "taken by the mail server; look whether it arrives", time.monotonic() - began)


def in_words(error: Exception) -> str:
    """Our sentence and the server's status. What else it says may repeat an address or a password."""
    if isinstance(error, smtplib.SMTPServerDisconnected) and "timed out" in str(error):
        error = TimeoutError()
    sentence = next(words for kind, words in SENTENCES if isinstance(error, kind))
    status = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        status = next(iter(error.recipients.values()), (None,))[0]
    return sentence.format(sender=parseaddr(settings.DEFAULT_FROM_EMAIL)[1]) + (f" ({status})" if status else "")
