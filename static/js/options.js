/**
 * The menu of a conversation with its dialogs. `rename(id, title)` and `remove(id)` do it, and may throw;
 * the latter may return what to focus afterwards. `exportUrl(id, kind)` is where a file is.
 */
export class Options {
  #menu;
  #parts;
  #acts;
  #opener = null;

  constructor(rows, parts, acts) {
    this.#menu = parts.menu;
    this.#parts = parts;
    this.#acts = acts;
    rows.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act=options]");
      if (button) {
        this.#open(button);
      }
    });
    this.#menu.addEventListener("click", (event) => this.#choose(event.target.closest("[data-act]")?.dataset.act));
    this.#menu.addEventListener("keydown", (event) => this.#step(event));
    this.#menu.addEventListener("toggle", ({ newState }) => {
      this.#opener?.setAttribute("aria-expanded", String(newState === "open"));
    });
    rows.addEventListener("scroll", () => this.#menu.hidePopover(), { passive: true });
    for (const dialog of [parts.rename, parts.export, parts.delete]) {
      dialog.querySelector("[data-act=cancel]").addEventListener("click", () => dialog.close());
      dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
      // By the time this is told, the browser or the reader may have gone on already.
      dialog.addEventListener("close", () => document.activeElement === document.body && this.#opener?.focus());
    }
    this.#onSave(parts.rename, parts.renameError, (id) => acts.rename(id, parts.renameTitle.value.trim()));
    this.#onSave(parts.delete, parts.deleteError, (id) => acts.remove(id));
  }

  #open(button) {
    this.#opener = button;
    this.#menu.showPopover();
    const place = button.getBoundingClientRect();
    const { width, height } = this.#menu.getBoundingClientRect();
    const top = place.bottom + height + 8 > innerHeight ? place.top - height - 4 : place.bottom + 4;
    this.#menu.style.top = `${Math.max(8, top)}px`;
    this.#menu.style.left = `${Math.max(8, Math.min(place.left, innerWidth - width - 8))}px`;
    this.#menu.firstElementChild.focus();
  }

  #step(event) {
    const items = Array.from(this.#menu.children);
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length).focus();
    } else if (event.key === "Escape") {
      // Or the drawer around it would close as well.
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    } else if (event.key === "Tab") {
      event.preventDefault();
      this.#close();
    }
  }

  #close() {
    this.#menu.hidePopover();
    this.#opener.focus();
  }

  #choose(act) {
    if (!act) {
      return;
    }
    this.#menu.hidePopover();
    const title = this.#acts.title(this.#id);
    this.#parts.renameError.textContent = this.#parts.deleteError.textContent = "";
    if (act === "rename") {
      this.#parts.renameTitle.value = title;
      this.#parts.rename.showModal();
      this.#parts.renameTitle.select();
    } else if (act === "export") {
      this.#parts.exportTitle.textContent = title;
      for (const link of this.#parts.export.querySelectorAll("[data-kind]")) {
        link.href = this.#acts.exportUrl(this.#id, link.dataset.kind);
      }
      this.#parts.export.showModal();
    } else {
      this.#parts.deleteTitle.textContent = title;
      this.#parts.delete.showModal();
    }
  }

  get #id() {
    return this.#opener.closest("[data-conversation]").dataset.conversation;
  }

  #onSave(dialog, error, act) {
    dialog.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const save = event.submitter;
      save.disabled = true;
      try {
        const next = await act(this.#id);
        dialog.close();
        next?.focus();
      } catch (refused) {
        error.textContent = Object.values(refused.errors ?? {}).flat().join(" ") || refused.message;
      } finally {
        save.disabled = false;
      }
    });
  }
}
