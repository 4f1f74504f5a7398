from django.urls import path

from conversations.views import acts, branches, changes, export, flags, lists, message, pages, replies, several, title
from conversations.views import bin as thrown

app_name = "conversations"
urlpatterns = [
    path("", pages.rows, name="list"),
    path("new/", pages.new, name="new"),
    path("changes/", changes.since, name="changes"),
    path("archived/", lists.archived, name="archived"),
    path("archive/", several.archive_all, name="archive_several"),
    path("delete/", several.delete, name="delete_several"),
    path("undo/", several.undo, name="undo_several"),
    path("export/", several.export, name="export_several"),
    path("<uuid:conversation>/", pages.detail, name="detail"),
    path("<uuid:conversation>/messages/", replies.messages, name="messages"),
    path("<uuid:conversation>/messages/<uuid:message>/text/", message.text, name="text"),
    path("<uuid:conversation>/messages/<uuid:message>/details/", message.details, name="details"),
    path("<uuid:conversation>/messages/<uuid:message>/rating/", message.rate, name="rating"),
    path("<uuid:conversation>/messages/<uuid:message>/edit/", message.edit, name="edit"),
    path("<uuid:conversation>/messages/<uuid:message>/replies/", replies.again, name="replies"),
    path("<uuid:conversation>/replies/<uuid:reply>/", replies.attach, name="reply"),
    path("<uuid:conversation>/replies/<uuid:reply>/continue/", replies.go_on, name="continue"),
    path("<uuid:conversation>/replies/<uuid:reply>/stop/", replies.stop, name="stop"),
    path("<uuid:conversation>/export/<str:kind>/", export.export, name="export"),
    path("<uuid:conversation>/rename/", acts.rename, name="rename"),
    path("<uuid:conversation>/current/", branches.current, name="current"),
    path("<uuid:conversation>/clear/", branches.clear, name="clear"),
    path("<uuid:conversation>/fork/", branches.fork, name="fork"),
    path("<uuid:conversation>/delete/", thrown.delete, name="delete"),
    path("<uuid:conversation>/undo/", thrown.undo, name="undo"),
    path("<uuid:conversation>/pin/", flags.pin, name="pin"),
    path("<uuid:conversation>/archive/", flags.archive, name="archive"),
    path("<uuid:conversation>/tags/", flags.tags, name="tags"),
    path("<uuid:conversation>/title/", title.entitle, name="title"),
    path("<uuid:conversation>/read/", acts.read, name="read"),
]
