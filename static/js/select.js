import { interpolate, ngettext } from "./gettext.js";

/**
 * Several conversations at once: rows with boxes, and a bar of what can be done with them. `acts`: `archive(ids)` and
 * `remove(ids, byKey)` may throw; `say(sentence)` speaks.
 */
export class Selection {
  #rows;
  #parts;
  #acts;
  #opener;
  #last = null;
  #watch;

  constructor(rows, parts, acts) {
    this.#rows = rows;
    this.#parts = parts;
    this.#acts = acts;
    this.#watch = new MutationObserver(() => this.#box());
    parts.bar.addEventListener("click", (event) => this.#choose(event));
    rows.addEventListener("click", (event) => this.#click(event), { capture: true });
    rows.addEventListener("change", () => this.#count());
    rows.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    parts.bar.addEventListener("keydown", (event) => this.#key(event));
    const { dialog } = parts;
    dialog.querySelector("[data-act=close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.querySelector("form").addEventListener("submit", () => setTimeout(() => this.end()));
  }

  begin(opener) {
    this.#opener = opener;
    this.#parts.bar.hidden = false;
    this.#rows.toggleAttribute("data-selecting", true);
    this.#box();
    this.#watch.observe(this.#rows, { childList: true, subtree: true });
    this.#count();
    this.#rows.querySelector(".row-check")?.focus();
  }

  end() {
    this.#stop();
    this.#opener?.focus();
  }

  #stop() {
    this.#watch.disconnect();
    this.#parts.dialog.close();
    this.#parts.bar.hidden = true;
    this.#rows.toggleAttribute("data-selecting", false);
    for (const box of this.#rows.querySelectorAll(".row-check")) {
      box.parentElement.querySelector("a").removeAttribute("tabindex");
      box.remove();
    }
    this.#last = null;
  }

  get #isOn() {
    return !this.#parts.bar.hidden;
  }

  get #boxes() {
    return [...this.#rows.querySelectorAll(".row-check")];
  }

  get #chosen() {
    return this.#boxes.filter((box) => box.checked).map((box) => box.parentElement.dataset.conversation);
  }

  /** Every row has a box, those that are loaded meanwhile too. */
  #box() {
    for (const row of this.#rows.querySelectorAll(".row:not(:has(.row-check))")) {
      const link = row.querySelector("a");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", className: "row-check" });
      box.setAttribute("aria-label", link.textContent);
      link.tabIndex = -1;
      row.prepend(box);
    }
    this.#count();
  }

  /** A click anywhere in a row is one on its box; with Shift, on all boxes from the last one on. */
  #click(event) {
    const row = event.target.closest(".row");
    if (!this.#isOn || !row) {
      return;
    }
    event.stopPropagation();
    const box = row.querySelector(".row-check");
    if (event.target !== box) {
      event.preventDefault();
      box.checked = !box.checked;
      box.focus();
    }
    const boxes = this.#boxes;
    if (event.shiftKey && this.#last?.isConnected) {
      const [from, to] = [boxes.indexOf(this.#last), boxes.indexOf(box)].sort((one, other) => one - other);
      for (const between of boxes.slice(from, to + 1)) {
        between.checked = box.checked;
      }
      getSelection()?.removeAllRanges();
    }
    this.#last = box;
    this.#count();
  }

  #key(event) {
    if (!this.#isOn) {
      return;
    }
    const boxes = this.#boxes;
    const to = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.end();
    } else if (to && event.target.matches(".row-check")) {
      event.preventDefault();
      const next = boxes[boxes.indexOf(event.target) + to];
      next?.focus();
      if (next && event.shiftKey) {
        next.checked = event.target.checked;
        this.#last = next;
        this.#count();
      }
    }
  }

  #count() {
    const number = this.#chosen.length;
    const count = interpolate(ngettext("%(count)s selected", "%(count)s selected", number), { count: number });
    if (this.#parts.count.textContent !== count) {
      this.#parts.count.textContent = count;
    }
    for (const act of ["archive", "export", "delete"]) {
      this.#parts.bar.querySelector(`[data-act=${act}]`).disabled = number === 0;
    }
    this.#parts.error.textContent = "";
  }

  async #choose(event) {
    const act = event.target.closest("[data-act]")?.dataset.act;
    const ids = this.#chosen;
    try {
      if (act === "cancel") {
        this.end();
      } else if (act === "export") {
        this.#parts.dialog.querySelector("form").elements.conversations.value = ids.join();
        this.#parts.dialog.showModal();
      } else if (act === "archive") {
        await this.#acts.archive(ids);
        this.end();
        this.#acts.say(interpolate(ngettext("%(count)s archived.", "%(count)s archived.", ids.length), { count: ids.length }));
      } else if (act === "delete") {
        await this.#acts.remove(ids, event.detail === 0);
        this.#stop();
      }
    } catch (refused) {
      this.#parts.error.textContent = refused.message;
    }
  }
}
