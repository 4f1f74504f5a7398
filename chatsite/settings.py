"""Every setting of the site, read from the environment or `.env`; docs/settings.md explains each."""

import os
import re
import sys
from email.utils import formataddr
from pathlib import Path
from urllib.parse import urlsplit

from chatsite import answering, database, openid
from chatsite.environment import HOST_NAME, host_and_port, lasting_secret, read, refuse
from conversations.store import open_store
from watching import log

BASE_DIR = Path(__file__).resolve().parent.parent
env = read(BASE_DIR / ".env")

VAR_DIR = BASE_DIR / env.text("VAR_DIR", "var")
DEBUG = env.flag("DEBUG", default=False)

# Watching it
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOG_FORMAT = env.choice("LOG_FORMAT", "line" if DEBUG or sys.stderr.isatty() else "json", ("json", "line"))
METRICS_TOKEN = env.text("METRICS_TOKEN")
if METRICS_TOKEN and not re.fullmatch(r"[!-~]{16,}", METRICS_TOKEN):
    refuse("METRICS_TOKEN", "must have at least 16 letters, digits or signs, and no space")
SENTRY_DSN = env.text("SENTRY_DSN")
if SENTRY_DSN and not re.fullmatch(r"https?://\w+(:\w+)?@[^\s/@]+(/[^\s/]+)*/\d+", SENTRY_DSN):
    refuse("SENTRY_DSN", "is no address like https://KEY@sentry.example.org/1")
SLOW_QUERY_MS = env.whole("SLOW_QUERY_MS", 500)

# The server. A dyno's disk is lost with it, so what must last may not be kept there.
ON_DYNO = "DYNO" in os.environ
HOST = env.host("HOST", "0.0.0.0" if ON_DYNO else "127.0.0.1")  # noqa: S104
PORT = env.whole("PORT", 8000, least=1, most=65535)
ADDRESS = host_and_port(HOST, PORT)
WEB_CONCURRENCY = env.whole("WEB_CONCURRENCY", 1, least=1)


def secret(name: str) -> str:
    if not (value := env.text(name)) and ON_DYNO:
        refuse(name, "must be set here: a generated one would be lost with the dyno")
    return value or lasting_secret(VAR_DIR / name.lower())


SECRET_KEY = secret("SECRET_KEY")
ENCRYPTION_KEY = secret("ENCRYPTION_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ENCRYPTION_KEY_FALLBACKS = env.words("ENCRYPTION_KEY_FALLBACKS")

# What a visitor sees
SITE_NAME = env.line("SITE_NAME", "Chatsite")
SITE_WELCOME = env.text("SITE_WELCOME")
SITE_LOGO = env.picture("SITE_LOGO")

# Who may reach the site, and under which address
# Without one, what a Space says of itself, or Heroku.
PLACE = env.text("SPACE_HOST") or env.text("HEROKU_APP_DEFAULT_DOMAIN_NAME")
SITE_URL = env.http_url("SITE_URL") or (f"https://{PLACE}" if PLACE else "")
TRUSTED_PROXIES = env.whole("TRUSTED_PROXIES", 1 if ON_DYNO or env.text("SPACE_HOST") else 0)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
for host in ALLOWED_HOSTS:
    # Browsers ask for names in ASCII only: no other would ever be the one that was asked for.
    if not re.fullmatch(rf"\*|\.?{HOST_NAME}|\[[\da-fA-F:.]+\]", host, re.ASCII):
        refuse("ALLOWED_HOSTS", f"{host!r} is no host like chat.example.org or xn--bcher-kva.example, without a port")
for origin in CSRF_TRUSTED_ORIGINS:
    if not re.fullmatch(r"https?://[^/\s]+", origin):
        refuse("CSRF_TRUSTED_ORIGINS", f"{origin!r} is not an origin like https://chat.example.org")
if SITE_URL:
    if not re.fullmatch(rf"({HOST_NAME}|\[[\da-fA-F:.]+\])(:\d+)?", urlsplit(SITE_URL).netloc, re.ASCII):
        refuse("SITE_URL", f"{SITE_URL!r} is not like https://chat.example.org or https://xn--bcher-kva.example")
    if urlsplit(SITE_URL)[2:] != ("", "", ""):
        refuse("SITE_URL", f"{SITE_URL!r} must end after the host: the site lives at the root")
    ALLOWED_HOSTS.append(urlsplit(SITE_URL).hostname or "")
    CSRF_TRUSTED_ORIGINS.append(SITE_URL)
elif ON_DYNO:
    # Heroku's router passes on only what is for this app, which does not know its own name.
    ALLOWED_HOSTS.append(".herokuapp.com")
SECURE = SITE_URL.startswith("https://") or (ON_DYNO and not SITE_URL)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if SECURE else 0
# Other sites of the operator may live below the same name, or one day need http again: that is theirs to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
X_FRAME_OPTIONS = "DENY"
# A Space is shown in a frame of a page there.
FRAMED_BY = "https://huggingface.co" if env.text("SPACE_HOST") else ""

SIGNUP_OPEN = env.flag("SIGNUP_OPEN", default=True)
SINGLE_USER = env.flag("SINGLE_USER", default=False)
if SINGLE_USER and HOST not in {"127.0.0.1", "::1", "localhost"}:
    refuse("SINGLE_USER", f"nobody would have to sign in, so HOST must be 127.0.0.1, not {HOST}")

# Signing in with Hugging Face; a Space that asks for it is given these variables
OAUTH_CLIENT_ID = env.text("OAUTH_CLIENT_ID")
OAUTH_CLIENT_SECRET = env.text("OAUTH_CLIENT_SECRET")
OAUTH_SCOPES = env.words("OAUTH_SCOPES", "openid profile email inference-api")
OPENID_PROVIDER_URL = env.http_url("OPENID_PROVIDER_URL", "https://huggingface.co")
openid.check(OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, OAUTH_SCOPES, OPENID_PROVIDER_URL)
HUGGING_FACE_SIGN_IN = bool(OAUTH_CLIENT_ID) and not SINGLE_USER
SOCIALACCOUNT_PROVIDERS = openid.providers(
    OAUTH_CLIENT_ID if HUGGING_FACE_SIGN_IN else "", OAUTH_CLIENT_SECRET, OAUTH_SCOPES, OPENID_PROVIDER_URL
)

# The database. Heroku's smallest takes 20 connections: two workers, the two that follow them, and a command.
DATABASE_CONNECTIONS = env.whole("DATABASE_CONNECTIONS", 4 if ON_DYNO else 10, least=2)
DATABASE = env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
# Threads through which running replies write. SQLite lets one write at a time; elsewhere most of their time is the way
# to the database and back.
DATABASE_WRITERS = 1
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    if ON_DYNO:
        refuse("DATABASE_URL", "must be set here: SQLite would be lost with the dyno")
    DATABASE["NAME"] = BASE_DIR / str(DATABASE["NAME"])
    DATABASE["OPTIONS"] = database.SQLITE
    # For as long as its thread.
    DATABASE["CONN_MAX_AGE"] = None
else:
    DATABASE_WRITERS = min(3, DATABASE_CONNECTIONS // 2)
    DATABASE.setdefault("OPTIONS", {})["pool"] = database.pool(DATABASE_CONNECTIONS - DATABASE_WRITERS)
    # After a restart of the server, what the pool holds is dead.
    DATABASE["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": DATABASE}
CACHES = {
    "default": {
        "BACKEND": "chatsite.cache.Cache",
        "LOCATION": "cache",
        # Where few fit in, whoever fails often makes room for themselves: the limits are counted here.
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

# The store of the transcripts; the standard AWS_* variables are read by boto3 itself
BUCKETEER = {
    "access_key": env.text("BUCKETEER_AWS_ACCESS_KEY_ID"),
    "secret_key": env.text("BUCKETEER_AWS_SECRET_ACCESS_KEY"),
    "region": env.text("BUCKETEER_AWS_REGION"),
}
# boto3 itself reads AWS_DEFAULT_REGION only.
region = env.text("AWS_REGION")
bucketeer_bucket = env.text("BUCKETEER_BUCKET_NAME")
CONVERSATION_STORE = env.text(
    "CONVERSATION_STORE",
    f"s3://{bucketeer_bucket}/chatsite" if bucketeer_bucket else f"file://{VAR_DIR / 'store'}",
)
try:
    open_store(CONVERSATION_STORE)
except ValueError as error:
    refuse("CONVERSATION_STORE", str(error))
if CONVERSATION_STORE.startswith("file://"):
    if ON_DYNO:
        refuse("CONVERSATION_STORE", "must be an s3:// URL here: a folder would be lost with the dyno")
    folder = BASE_DIR / CONVERSATION_STORE.removeprefix("file://")
    CONVERSATION_STORE = f"file://{folder}"
# The add-on may still be there, and its keys are for its own bucket only.
if not bucketeer_bucket or urlsplit(CONVERSATION_STORE).netloc != bucketeer_bucket:
    BUCKETEER = dict.fromkeys(BUCKETEER, "")
BUCKETEER["region"] = BUCKETEER["region"] or region
TRANSCRIPT_PART_BYTES = env.whole("TRANSCRIPT_PART_BYTES", 524288, least=4096)

# Who answers
LLM = answering.config(env)
LLM_BACKEND = LLM.backend
REPLIES_AT_ONCE = env.whole("REPLIES_AT_ONCE", 10, least=1)
REPLY_STALE_SECONDS = env.whole("REPLY_STALE_SECONDS", 15, least=2)

# E-mail
vars().update(env.email("EMAIL_URL", "consolemail://"))
# Without it a silent mail server would hold whoever waits for the page that sends.
EMAIL_TIMEOUT = 10
# With a comma or a colon in it, the name is in quotes.
SENDER = env.address("EMAIL_FROM", f"noreply@{urlsplit(SITE_URL).hostname or 'localhost'}")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = formataddr((SITE_NAME, SENDER))

# Django
INSTALLED_APPS = [
    # Before ours, which takes its tables out of the admin again.
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "accounts",
    "conversations",
    "chatsite",
    "allauth",
    "allauth.account",
    "bootstrap4",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "chatsite.security.guard",
    "chatsite.health.Probes",
    "chatsite.metrics.for_scrapers",
    "chatsite.middleware.Security",
    "chatsite.compression.CompressPages",
    *(["chatsite.framed.WayOut"] if FRAMED_BY else []),
    "servestatic.middleware.ServeStaticMiddleware",
    "chatsite.middleware.Sessions",
    "chatsite.middleware.Reader",
    "chatsite.middleware.Common",
    "chatsite.middleware.Csrf",
    "chatsite.middleware.Authentication",
    *(["chatsite.middleware.SingleUser"] if SINGLE_USER else []),
    "chatsite.middleware.SignIn",
    "chatsite.middleware.Timezone",
    "chatsite.middleware.Messages",
    "chatsite.middleware.XFrameOptions",
    "allauth.account.middleware.AccountMiddleware",
]
# They look for three of Django's middlewares by name; what is there are their subclasses.
SILENCED_SYSTEM_CHECKS += ["security.W001", "security.W002", "security.W003"]
ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chatsite.look.look",
            ],
            "builtins": ["django.templatetags.i18n", "chatsite.templatetags.icons"],
        },
    }
]
BOOTSTRAP4 = {"set_placeholder": False, "required_css_class": "required"}

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / env.text("STATIC_ROOT", str(VAR_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "chatsite.static.HashedStaticFiles"
    },
}
SERVESTATIC_ALLOW_ALL_ORIGINS = False

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "add_email": "accounts.forms.AddEmailForm",
}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.hugging_face.SocialAccountAdapter"
SOCIALACCOUNT_FORMS = {"signup": "accounts.forms.SocialSignupForm", "disconnect": "accounts.forms.DisconnectForm"}
# Tokens would be kept in plain text.
SOCIALACCOUNT_STORE_TOKENS = False
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"

DEFAULT_EXCEPTION_REPORTER_FILTER = "chatsite.errors.HideSecrets"
CSRF_FAILURE_VIEW = "chatsite.errors.csrf_failure"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = log.configuration(LOG_FORMAT, LOG_LEVEL, debug=DEBUG)

PUBLIC_SETTINGS = frozenset(env.names)
