import { Menu } from "./menu.js";

/**
 * The menu of a conversation with its dialogs. `rename(id, title)` may throw; `exportUrl(id, kind)` is where a file is;
 * `act(name, id, opener, byKey)` does what has no dialog here.
 */
export class Options {
  #menu;
  #parts;
  #acts;
  #opener = null;

  constructor(part, acts) {
    const [rename, save] = [part("rename"), part("export")];
    this.#acts = acts;
    this.#parts = {
      menu: part("options"),
      rename,
      title: rename.querySelector("input"),
      error: part("rename-error"),
      export: save,
      exportTitle: part("export-title"),
    };
    this.#menu = new Menu(part("options"), (act, opener, byKey) => this.#choose(act, byKey));
    part("rows").addEventListener("scroll", () => this.#menu.hide(), { passive: true });
    for (const dialog of [rename, save]) {
      dialog.querySelector("[data-act=cancel]").addEventListener("click", () => dialog.close());
      dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
      // By the time this is told, the browser or the reader may have gone on already.
      dialog.addEventListener("close", () => document.activeElement === document.body && this.#opener?.focus());
    }
    rename.querySelector("form").addEventListener("submit", (event) => this.#rename(event));
  }

  open(button) {
    this.#opener = button;
    this.#parts.menu.toggleAttribute("data-pinned", button.parentElement.hasAttribute("data-pinned"));
    this.#menu.open(button);
  }

  #choose(act, byKey) {
    const title = this.#acts.title(this.#id);
    if (act === "rename") {
      this.#parts.error.textContent = "";
      this.#parts.title.value = title;
      this.#parts.rename.showModal();
      this.#parts.title.select();
    } else if (act === "export") {
      this.#parts.exportTitle.textContent = title;
      for (const link of this.#parts.export.querySelectorAll("[data-kind]")) {
        link.href = this.#acts.exportUrl(this.#id, link.dataset.kind);
      }
      this.#parts.export.showModal();
    } else {
      this.#opener.focus();
      this.#acts.act(act, this.#id, this.#opener, byKey);
    }
  }

  get #id() {
    return this.#opener.closest("[data-conversation]").dataset.conversation;
  }

  async #rename(event) {
    event.preventDefault();
    const save = event.submitter;
    save.disabled = true;
    try {
      await this.#acts.rename(this.#id, this.#parts.title.value.trim());
      this.#parts.rename.close();
    } catch (refused) {
      this.#parts.error.textContent = refused.message;
    } finally {
      save.disabled = false;
    }
  }
}
