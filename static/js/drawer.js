const NARROW = "(max-width: 48rem)";

/** The sidebar of a phone: it slides in, holds the focus, and goes away on Escape or a tap beside it. */
export class Drawer {
  #chat;
  #parts;
  #narrow = matchMedia(NARROW);

  constructor(chat, parts) {
    this.#chat = chat;
    this.#parts = parts;
    parts.open.addEventListener("click", () => this.#show(true));
    parts.close.addEventListener("click", () => this.#show(false));
    parts.veil.addEventListener("click", () => this.#show(false));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#isOpen && !event.defaultPrevented) {
        this.#show(false);
      }
    });
    this.#narrow.addEventListener("change", () => this.#settle(false));
    // A page that comes back from the browser's memory would still show it.
    addEventListener("pageshow", () => this.#settle(false));
    this.#settle(false);
  }

  get #isOpen() {
    return this.#chat.classList.contains("drawer-open");
  }

  #show(open) {
    if (!this.#narrow.matches) {
      return;
    }
    this.#settle(open);
    (open ? this.#parts.close : this.#parts.open).focus();
  }

  #settle(open) {
    const { sidebar, talk, open: button } = this.#parts;
    this.#chat.classList.toggle("drawer-open", open);
    button.setAttribute("aria-expanded", String(open));
    talk.inert = open;
    sidebar.inert = this.#narrow.matches && !open;
  }
}
