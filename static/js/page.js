/** The page as the server made it, and the conversation that is open in it. */
/** Within this time a second click on a row is the second half of a double click, although a page lies between. */
const DOUBLE = 500;

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
  /** The newest reply anywhere in the conversation; it may be on another branch. */
  newest = null;
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
    return { href: `${chat.dataset.login}?next=${next}`, textContent: "Log in" };
  }

  /** The first words are on their way. */
  begin() {
    part("start")?.toggleAttribute("hidden", true);
  }

  /** They were refused. */
  undo() {
    part("start")?.toggleAttribute("hidden", this.known);
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
