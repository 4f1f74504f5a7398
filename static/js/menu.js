/** A menu that opens at whatever button asks for it. `choose(act, opener, byKey)` is told what was chosen there. */
export class Menu {
  #menu;
  #opener = null;

  constructor(menu, choose) {
    this.#menu = menu;
    menu.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act) {
        menu.hidePopover();
        choose(act, this.#opener, event.detail === 0);
      }
    });
    menu.addEventListener("keydown", (event) => this.#step(event));
    menu.addEventListener("toggle", ({ newState }) => {
      this.#opener?.setAttribute("aria-expanded", String(newState === "open"));
    });
  }

  open(button) {
    this.#opener = button;
    this.#menu.showPopover();
    const place = button.getBoundingClientRect();
    const { width, height } = this.#menu.getBoundingClientRect();
    const top = place.bottom + height + 8 > innerHeight ? place.top - height - 4 : place.bottom + 4;
    this.#menu.style.top = `${Math.max(8, top)}px`;
    this.#menu.style.left = `${Math.max(8, Math.min(place.left, innerWidth - width - 8))}px`;
    this.#items[0].focus();
  }

  hide() {
    this.#menu.hidePopover();
  }

  get #items() {
    return Array.from(this.#menu.querySelectorAll("[role^=menuitem]")).filter((item) => item.checkVisibility());
  }

  #step(event) {
    const items = this.#items;
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length).focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      // Or what is around it, a drawer or a dialog, would close as well.
      event.preventDefault();
      event.stopPropagation();
      this.hide();
      this.#opener.focus();
    }
  }
}
