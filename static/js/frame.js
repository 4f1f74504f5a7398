const NARROW = "(max-width: 48rem)";
const OVER = 'dialog[open], :popover-open, .account[open], .drawer-open';
/** Keys that are always ours, whatever the browser does with them. */
const OURS = /^(Mod\+K|Mod\+Shift\+[OC]|Alt\+Arrow(Up|Down)|Shift\+Escape)$/;

/** What stands around the talk. `act(keys)` does what a shortcut stands for. */
export function furnish(chat, part, act) {
  new Drawer(chat, {
    open: part("open-drawer"),
    close: part("close-drawer"),
    sidebar: part("sidebar"),
    talk: part("talk"),
    veil: part("veil"),
  });
  const account = new AccountMenu(part("account"));
  part("show-shortcuts").addEventListener("click", () => {
    account.close();
    act("?");
  });
  listenToKeys(part("text"), act);
  fitKeyboard();
}

/** The sidebar of a phone: it slides in, holds the focus, and goes away on Escape or a tap beside it. */
class Drawer {
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
        event.preventDefault();
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

/** The menu with the user's name: it goes away on Escape and on a click beside it. */
class AccountMenu {
  #menu;

  constructor(menu) {
    this.#menu = menu;
    document.addEventListener("click", ({ target }) => menu.contains(target) || menu.removeAttribute("open"));
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        event.preventDefault();
        this.close();
      }
    });
  }

  close() {
    this.#menu.removeAttribute("open");
    this.#menu.querySelector("summary").focus();
  }
}

/** Calls `act(keys)` for what may be a shortcut: "?", "Escape", or a combination such as "Mod+Shift+O". */
function listenToKeys(box, act) {
  document.addEventListener("keydown", (event) => {
    const keys = combination(event);
    const isTyping = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
    const isOver = Boolean(document.querySelector(OVER));
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) {
      return;
    }
    if (OURS.test(keys) && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      act(keys);
    } else if ((keys === "?" && !isTyping && !isOver) || (keys === "Escape" && !isOver && (!isTyping || event.target === box))) {
      act(keys);
    }
  });
}

/** Calls `act()` while nothing but what may be a command, such as "/translate", is typed in the box. */
export function onCommand(box, act) {
  box.addEventListener("input", () => /^\/\S*$/.test(box.value) && act());
}

function combination({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (key === "?" && !ctrlKey && !metaKey) {
    return key;
  }
  const name = key.length === 1 ? key.toUpperCase() : key;
  return [(ctrlKey || metaKey) && "Mod", altKey && "Alt", shiftKey && "Shift", name].filter(Boolean).join("+");
}

/** iOS lays its keyboard over the page; only the visual viewport knows. */
function fitKeyboard() {
  const { visualViewport: viewport } = globalThis;
  viewport?.addEventListener("resize", () => {
    if (viewport.scale === 1) {
      document.documentElement.style.setProperty("--visible-height", `${viewport.height}px`);
    }
  });
}
