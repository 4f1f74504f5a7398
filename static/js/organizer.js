import { Flags } from "./flags.js";
import { gettext, interpolate, ngettext } from "./gettext.js";
import { Options } from "./options.js";
import { edit } from "./rename.js";
import { Selection } from "./select.js";
import { Sharing } from "./share.js";
import { Undo } from "./undo.js";

/** What is done with conversations in the list, brought together when the first of it is wanted. */
export class Organizer {
  #page;
  #tools;
  #chat;
  #flags;
  #undo;
  #selection;
  #options;
  #sharing;

  constructor({ chat, part, template, page }, tools) {
    this.#chat = chat;
    this.#page = page;
    this.#tools = tools;
    const { apiOf, sidebar, say } = tools;
    this.#flags = new Flags(
      {
        dialog: part("tags-dialog"),
        error: part("tags-error"),
        archived: part("archived"),
        tags: part("tags"),
        listUrl: chat.dataset.list,
      },
      {
        apiOf,
        row: (id) => sidebar.row(id),
        told: (row) => this.#spread(row),
        titled: (id, title) => this.#call(id, title),
        explain: (sentence) => this.#undo.explain(sentence),
        say,
      },
    );
    this.#undo = new Undo(part("toasts"), template("toast"), {
      remove: ([id, ...more]) => (more.length ? this.#several("delete", [id, ...more]) : apiOf(id).delete()),
      back: (ids) => this.#several("undo", ids),
      gone: (ids) => this.#gone(ids),
      returned: (ids) => this.#returned(ids),
      say,
    });
    this.#selection = new Selection(
      part("rows"),
      {
        bar: part("select-bar"),
        count: part("select-count"),
        error: part("select-error"),
        dialog: part("export-several"),
      },
      {
        archive: async (ids) => {
          await this.#several("archive", ids, { on: "true" });
          ids.forEach((id) => this.#spread({ id, archived: true }));
        },
        remove: (ids, byKey) => this.#remove(ids, byKey),
        say,
      },
    );
    this.#sharing = new Sharing(part("share"), { apiOf, title: (id) => sidebar.title(id), say });
    this.#options = new Options(part, {
      title: (id) => sidebar.title(id),
      exportUrl: (id, kind) => apiOf(id).exportUrl(kind),
      rename: (id, title) => this.rename(id, title),
      act: (act, id, opener, byKey) => this.do(act, id, opener, byKey),
    });
  }

  open(button) {
    this.#options.open(button);
  }

  do(act, id, opener, byKey) {
    const explain = (error) => this.#undo.explain(error.message);
    switch (act) {
      case "delete":
        return this.#remove([id], byKey).catch(explain);
      case "share":
        return this.#sharing.open(id, opener).catch(explain);
      case "clear":
        return this.#clear(id).catch(explain);
      default:
        return this.#flags.do(act, id, opener);
    }
  }

  /** The page of a cleared conversation offers to take it back. */
  async #clear(id) {
    await this.#tools.apiOf(id).clear();
    this.#tools.tell({ id }, true);
    location.assign(`${this.#chat.dataset.list}${id}/`);
  }

  /** The open conversation is known to be archived or tagged by now. */
  show(row) {
    this.#page.archived = row.archived ?? this.#page.archived;
    this.#chat.dataset.tags = row.tags?.join(", ") ?? this.#chat.dataset.tags;
    this.#flags.show(row);
  }

  select(opener) {
    this.#selection.begin(opener);
  }

  /** May throw. */
  async rename(id, title) {
    await this.#tools.apiOf(id).rename(title);
    this.#call(id, title);
  }

  edit(row) {
    const id = row.dataset.conversation;
    edit(row, this.#tools.sidebar.title(id), (title) => this.rename(id, title));
  }

  #call(id, title) {
    this.#tools.sidebar.rename(id, title);
    this.#tools.tell({ id, title });
    if (id === this.#page.id) {
      this.#page.title = title;
    }
  }

  #spread(row) {
    this.#tools.sidebar.update(row);
    this.#tools.tell(row);
    if (row.id === this.#page.id) {
      this.show(row);
    }
  }

  #remove(ids, byKey) {
    const title = this.#tools.sidebar.title(ids[0]) || gettext("Untitled chat");
    return this.#undo.remove(ids, ids.length > 1 ? several(ids.length) : title, byKey);
  }

  #several(act, ids, fields) {
    return this.#tools.onSeveral(this.#chat.dataset.list, act, ids, fields);
  }

  #gone(ids) {
    let next = null;
    for (const id of ids) {
      next = this.#tools.sidebar.remove(id);
      this.#tools.tell({ id, deleted: true });
    }
    if (ids.includes(this.#page.id)) {
      // The next page offers to take it back, and leads back to where it was.
      sessionStorage.setItem("left", this.#page.id);
      location.assign(this.#chat.dataset.new);
    }
    return next;
  }

  async #returned(ids) {
    ids.forEach((id) => this.#tools.tell({ id }, true));
    const left = sessionStorage.getItem("left");
    sessionStorage.removeItem("left");
    if (ids.includes(left)) {
      location.assign(`${this.#chat.dataset.list}${left}/`);
    } else {
      await this.#tools.sidebar.refresh();
    }
  }
}

function several(count) {
  return interpolate(ngettext("%(count)s conversation", "%(count)s conversations", count), { count });
}
