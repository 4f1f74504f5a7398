import { gettext } from "./gettext.js";

/** Within this time a second click on a row is the second half of a double click, although a page lies between. */
const DOUBLE = 500;
const NARROW = "(max-width: 48rem)";
const OVER = 'dialog[open], :popover-open, .account[open], .drawer-open';
/** Keys that are always ours, whatever the browser does with them. */
const OURS = /^(Mod\+K|Mod\+Shift\+[OC]|Alt\+Arrow(Up|Down)|Shift\+Escape)$/;

export const chat = document.getElementById("chat");
export const part = (name) => chat.querySelector(`[data-part="${name}"]`);
export const template = (name) => document.getElementById(`${name}-template`);
export const isVisible = () => document.visibilityState === "visible";

/** The open conversation, as the page shows it. */
export class Page {
  id = chat.dataset.conversation;
  url = chat.dataset.url;
  leaf = chat.dataset.leaf;
  known = "known" in chat.dataset;
  archived = "archived" in chat.dataset;
  /** When the newest answer that is shown ended, as the server says; null while only this page knows. */
  answered = chat.dataset.answered;
  /** When another branch of it was chosen last, as the server says. */
  branched = chat.dataset.branched;
  /** The newest reply anywhere in the conversation; it may be on another branch. */
  newest = null;
  /** What a new conversation is to begin with: its `model`, its `settings`, a `preset`. */
  wishes = JSON.parse(chat.dataset.wishes || "{}");
  #title = chat.dataset.title;

  get title() {
    return this.#title;
  }

  set title(title) {
    if (title) {
      this.#title = part("title").textContent = title;
      document.title = `${title} · ${chat.dataset.site}`;
    }
  }

  get login() {
    const next = encodeURIComponent(location.pathname);
    return { href: `${chat.dataset.login}?next=${next}`, textContent: gettext("Log in") };
  }

  /** The first words are on their way. */
  begin() {
    part("start")?.toggleAttribute("hidden", true);
  }

  /** They were refused. */
  undo() {
    part("start")?.toggleAttribute("hidden", this.known);
  }

  /** It was cleared elsewhere: what stands on a clean page, the server draws. */
  beginAnew() {
    location.reload();
  }

  /** What was to be said first is in a conversation already. */
  leaveFor(conversation) {
    location.replace(`${chat.dataset.list}${conversation}/`);
  }

  /** The server has the conversation now. */
  settle(url) {
    this.known = true;
    history.replaceState(null, "", url);
  }
}

/** Which act is wanted of which message, by a click on what: `does` has a function for each, and may have none. */
export function heed(log, does) {
  log.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act], .older, .code-copy");
    if (button?.matches("[data-later]")) {
      return;
    }
    if (button?.matches(".older")) {
      event.preventDefault();
      does.older(button);
    } else if (button) {
      does[button.dataset.act ?? "copy-code"]?.(button.closest("article"), button);
    }
  });
  log.addEventListener("submit", (event) => {
    if (event.target.matches(".versions") && does.version(event.submitter.value)) {
      event.preventDefault();
    }
  });
}

/** Of which row somebody wants the menu, or to edit the title. */
export function heedRows(rows, { options, rename }) {
  rows.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act=options]");
    button ? options(button) : onSecond(event, rename);
  });
  rows.addEventListener("keydown", (event) => {
    if (event.key === "F2" && event.target.matches(".row-link")) {
      event.preventDefault();
      rename(event.target.closest(".row"));
    }
  });
}

/** The first click of two may open the conversation, and the second come to its page. */
function onSecond(event, rename) {
  const link = event.target.closest(".row-link");
  if (!link || event.pointerType !== "mouse" || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  const { conversation } = link.parentElement.dataset;
  const [clicked, at] = (sessionStorage.getItem("clicked") ?? "").split(" ");
  sessionStorage.setItem("clicked", `${conversation} ${Date.now()}`);
  const isSecond = clicked === conversation && Date.now() - Number(at) < DOUBLE;
  if (isSecond || link.hasAttribute("aria-current")) {
    event.preventDefault();
  }
  if (isSecond) {
    sessionStorage.removeItem("clicked");
    if (!link.hasAttribute("aria-current")) {
      stop();
    }
    rename(link.parentElement);
  }
}

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

/** Calls `act()` whenever what is said has changed and a diagram is in it. */
export function onDiagram(log, act) {
  const diagrams = log.getElementsByClassName("language-mermaid");
  const look = () => diagrams.length && act();
  new MutationObserver(look).observe(log, { childList: true, subtree: true });
  look();
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

/** Puts the text a promise brings on the clipboard, and shows on the button that it is there. */
export async function copy(text, button) {
  await write(text);
  const use = button.querySelector("use");
  use?.setAttribute("href", "#icon-check");
  button.dataset.copied = "";
  setTimeout(() => {
    use?.setAttribute("href", "#icon-copy");
    delete button.dataset.copied;
  }, 2000);
}

async function write(text) {
  if (navigator.clipboard && globalThis.ClipboardItem) {
    // Safari allows this only at the click itself, so the text is promised.
    const blob = text.then((words) => new Blob([words], { type: "text/plain" }));
    return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  }
  // Plain http has no clipboard but this one.
  const area = document.createElement("textarea");
  area.value = await text;
  area.className = "sr-only";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
