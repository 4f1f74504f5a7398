from django.contrib import admin
from django.urls import include, path

from accounts import hugging_face
from chatsite import metrics, shell
from chatsite.diagram import diagram
from conversations.views import account, models, pages, presets, prompts, search, settings, share, token

urlpatterns = [
    path("", pages.home, name="home"),
    path("search/", search.search, name="search"),
    path("c/", include("conversations.urls")),
    path("share/<uuid:link>/", share.page, name="shared"),
    path("settings/", settings.settings, name="settings"),
    path("models/", models.models, name="models"),
    path("models/favourite/", models.favourite, name="favourite_model"),
    path("settings/account/", account.delete, name="delete_account"),
    path("settings/export/", account.export, name="export_account"),
    path("settings/token/", token.keep, name="token"),
    path("settings/token/forget/", token.forget, name="forget_token"),
    path("settings/prompts/", prompts.library, name="prompts"),
    path("settings/prompts/<uuid:prompt>/", prompts.prompt, name="prompt"),
    path("settings/prompts/<uuid:prompt>/delete/", prompts.delete, name="delete_prompt"),
    path("settings/presets/", presets.library, name="presets"),
    path("settings/presets/<uuid:preset>/", presets.preset, name="preset"),
    path("settings/presets/<uuid:preset>/delete/", presets.delete, name="delete_preset"),
    path("settings/presets/<uuid:preset>/copy/", presets.copy, name="copy_preset"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/oidc/<str:provider_id>/login/", hugging_face.login, name="openid_connect_login"),
    path("accounts/oidc/<str:provider_id>/login/callback/", hugging_face.callback, name="openid_connect_callback"),
    path("accounts/3rdparty/", include("allauth.socialaccount.urls")),
    path("admin/", admin.site.urls),
    path("metrics", metrics.page, name="metrics"),
    path("manifest.webmanifest", shell.manifest, name="manifest"),
    path("service-worker.js", shell.worker, name="worker"),
    path("offline/", shell.offline, name="offline"),
    path("diagram/", diagram, name="diagram"),
]

handler400 = "chatsite.errors.bad_request"
handler403 = "chatsite.errors.permission_denied"
handler404 = "chatsite.errors.not_found"
handler429 = "chatsite.errors.too_many_requests"
handler500 = "chatsite.errors.server_error"
