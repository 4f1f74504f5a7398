import { gettext, interpolate } from "./gettext.js";

/**
 * What is set on a conversation: pinned, archived, tags, a new title. `tools`: `apiOf(id)`, `row(id)` its row in the
 * list, `titled(id, title)` and `told(row)` spread the news, `explain(sentence)` says what went wrong.
 */
export class Flags {
  #parts;
  #tools;
  #editing = null;

  constructor(parts, tools) {
    this.#parts = parts;
    this.#tools = tools;
    const { dialog } = parts;
    dialog.querySelector("[data-act=cancel]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.addEventListener("close", () => this.#editing?.opener?.focus());
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#saveTags(event.submitter);
    });
  }

  async do(act, id, opener) {
    const { apiOf, row, told, titled, explain, say } = this.#tools;
    try {
      if (act === "pin") {
        const pinned = !row(id)?.hasAttribute("data-pinned");
        await apiOf(id).pin(pinned);
        told({ id, pinned });
        say(pinned ? gettext("Pinned.") : gettext("Unpinned."));
      } else if (act === "archive") {
        const { nextElementSibling, previousElementSibling } = row(id) ?? {};
        await apiOf(id).archive(true);
        told({ id, archived: true });
        (nextElementSibling ?? previousElementSibling)?.querySelector("a").focus();
        say(gettext("Archived."));
      } else if (act === "title") {
        row(id)?.setAttribute("aria-busy", "true");
        say(gettext("Asking for a title…"));
        const { title } = await apiOf(id).newTitle();
        titled(id, title);
        say(interpolate(gettext("It is called %(title)s now."), { title }));
      } else if (act === "tags") {
        this.#ask(id, opener);
      }
    } catch (error) {
      explain(error.message);
    } finally {
      row(id)?.removeAttribute("aria-busy");
    }
  }

  /** On the page of the open conversation. */
  show({ archived, tags }) {
    const { archived: note, tags: list, listUrl } = this.#parts;
    if (archived !== undefined) {
      note.hidden = !archived;
    }
    if (tags) {
      list.hidden = tags.length === 0;
      list.replaceChildren(
        ...tags.map((tag) => {
          const link = Object.assign(document.createElement("a"), { className: "tag", textContent: tag, dir: "auto" });
          link.href = `${listUrl}?tag=${encodeURIComponent(tag)}`;
          const item = document.createElement("li");
          item.append(link);
          return item;
        }),
      );
    }
  }

  #ask(id, opener) {
    const { dialog, error } = this.#parts;
    const { tags } = dialog.querySelector("form").elements;
    this.#editing = { id, opener };
    error.textContent = "";
    tags.value = this.#tools.row(id)?.dataset.tags ?? "";
    dialog.showModal();
    tags.select();
  }

  async #saveTags(save) {
    const { dialog, error } = this.#parts;
    const { id } = this.#editing;
    const { value } = dialog.querySelector("form").elements.tags;
    save.disabled = true;
    try {
      await this.#tools.apiOf(id).tag(value);
      this.#tools.told({ id, tags: distinct(value) });
      dialog.close();
    } catch (refused) {
      error.textContent = refused.message;
    } finally {
      save.disabled = false;
    }
  }
}

/** As the site reads them. */
function distinct(value) {
  const found = new Map();
  for (const tag of value.split(",").map((one) => one.trim().split(/\s+/).join(" "))) {
    if (tag && !found.has(tag.toLowerCase())) {
      found.set(tag.toLowerCase(), tag);
    }
  }
  return [...found.values()];
}
