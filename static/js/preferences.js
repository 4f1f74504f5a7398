import { gettext } from "./gettext.js";

const YEAR = 60 * 60 * 24 * 365;
const LONGEST_KEPT = 30 * 24 * 60 * 60 * 1000;
const MOST_DRAFTS = 30;

function keep(name, value) {
  document.cookie = `${name}=${encodeURIComponent(value)}; Max-Age=${YEAR}; Path=/; SameSite=Lax`;
}

export function keepTheme(theme) {
  keep("theme", theme);
}

/**
 * Light, dark or like the device: at once on this page, by the cookie on every other, and by `save(theme)` on other
 * devices. Until that has happened a mark in the cookie says that the choice made here is the newer one.
 */
export function switchThemes(root, save = null) {
  const choose = async (theme) => {
    keep("theme", save ? `${theme}!` : theme);
    await save?.(theme).then(() => keep("theme", theme), () => {});
  };
  for (const radio of root.querySelectorAll(".theme input")) {
    radio.addEventListener("change", () => {
      wear(radio.value);
      choose(radio.value);
    });
  }
  if (save) {
    // What the server says, for the pages that it draws before somebody has signed in.
    const { theme } = document.documentElement.dataset;
    document.cookie.includes(`theme=${theme}!`) ? choose(theme) : keep("theme", theme);
  }
}

/** The page in this theme, and the browser's bar around it. */
export function wear(theme) {
  document.documentElement.dataset.theme = theme;
  for (const color of document.querySelectorAll("meta[name=theme-color]")) {
    const { scheme } = color.dataset;
    color.media = theme === "auto" ? `(prefers-color-scheme: ${scheme})` : theme === scheme ? "all" : "not all";
  }
}

/** Where the site cannot be reached, a page of ours will say so. Only once there is nothing better to do. */
export function keepOfflinePage() {
  const keep = () => navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
  const later = () => (globalThis.requestIdleCallback ?? setTimeout)(keep, { timeout: 3000 });
  document.readyState === "complete" ? later() : addEventListener("load", later, { once: true });
}

/** Tells the server the reader's time zone; true when it did not know it, so that its groups by day may be wrong. */
export function tellTimezone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.cookie.includes(`timezone=${encodeURIComponent(zone)}`)) {
    return false;
  }
  keep("timezone", zone);
  return true;
}

/** On a shared computer nothing that was typed stays behind when somebody logs out, or has left for good. */
export function forgetAtLogout(root) {
  for (const form of root.querySelectorAll("form[data-logout]")) {
    form.addEventListener("submit", () => forget(form.dataset.logout));
  }
  for (const { dataset } of root.querySelectorAll("[data-gone]")) {
    forget(dataset.gone);
  }
}

function forget(user) {
  const theirs = new RegExp(`^(draft|queue):${user}:`);
  for (const storage of [sessionStorage, localStorage]) {
    for (const key of Object.keys(storage).filter((key) => theirs.test(key))) {
      key.startsWith("draft") ? drop(storage, key) : storage.removeItem(key);
    }
  }
}

/**
 * What is typed and not yet sent in one conversation. This tab knows its own; the browser knows what was typed last in any
 * tab, for a while, so that it is there when the tab is gone. Another account finds none of it. `unsure` is a message
 * that was sent and may have arrived, while its words are still in the draft.
 *
 * Each version says which one it came `after`: only a tab that shows just that follows. Tabs write at the same time, and
 * none hears of another at once; so what is there may be gone through somebody who has never seen it.
 */
export class Draft {
  #user;
  #conversation;
  #version = newVersion();
  #text = "";
  #late = null;
  unsure = null;

  constructor(user, conversation) {
    this.#user = user;
    this.#conversation = conversation;
    addEventListener("pagehide", () => this.#save());
    document.addEventListener("visibilitychange", () => this.#save());
    sweep();
  }

  read() {
    const own = kept(sessionStorage.getItem(this.#key));
    const found = own ?? kept(localStorage.getItem(this.#key));
    this.#version = found ? found.version : this.#version;
    this.#text = found?.text ?? "";
    // What another tab begins with is that tab's conversation.
    this.unsure = (this.#conversation === "new" ? own : found)?.unsure ?? null;
    return this.#text;
  }

  write(text, unsure = null) {
    [this.#text, this.unsure] = [text, unsure];
    this.#late ??= setTimeout(() => this.#save(), 300);
    if (text.length < 10000) {
      this.#save();
    }
  }

  /** Calls `changed(text)` when another tab went on with the very draft that this one shows, or has sent it. */
  follow(changed) {
    addEventListener("storage", ({ key, newValue }) => {
      const now = key === this.#key ? kept(newValue) : null;
      if (now && now.after === this.#version && this.#late === null) {
        const before = this.#text;
        [this.#text, this.#version] = [now.text, now.version];
        // The others know it already, and would answer for ever.
        this.#store(sessionStorage, now.after);
        before === this.#text || changed(this.#text);
      }
    });
  }

  /** What was typed has been sent; from now on a draft of another conversation is written. */
  move(conversation, text) {
    this.#text = "";
    this.#late = 0;
    this.#save();
    this.#version = newVersion();
    this.#conversation = conversation;
    this.write(text);
  }

  get #key() {
    return `draft:${this.#user}:${this.#conversation}`;
  }

  #save() {
    if (this.#late === null) {
      return;
    }
    clearTimeout(this.#late);
    this.#late = null;
    const after = this.#version;
    this.#version = newVersion();
    this.#store(sessionStorage, after);
    this.#store(localStorage, after);
  }

  #store(storage, after) {
    const [text, unsure, version] = [this.#text, this.unsure, this.#version];
    try {
      if (text) {
        storage.setItem(this.#key, JSON.stringify({ text, unsure, version, after, at: Date.now() }));
      } else if (kept(storage.getItem(this.#key))?.version === after) {
        drop(storage, this.#key, version);
      }
    } catch {
      // The browser gives no more room; the box still has it.
    }
  }
}

/** Deletes, and says so: that something is gone does not tell the other tabs whose it was. */
function drop(storage, key, version = newVersion()) {
  const after = kept(storage.getItem(key))?.version;
  storage.setItem(key, JSON.stringify({ text: "", version, after }));
  storage.removeItem(key);
}

/** The oldest drafts go, so that there is always room for new ones. */
function sweep() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith("draft:"));
  const drafts = keys.map((key) => [key, kept(localStorage.getItem(key))?.at ?? 0]);
  drafts.sort(([, one], [, other]) => other - one);
  const old = drafts.filter(([, at], place) => place >= MOST_DRAFTS || at < Date.now() - LONGEST_KEPT);
  old.forEach(([key]) => localStorage.removeItem(key));
}

function kept(value) {
  try {
    return value && JSON.parse(value);
  } catch {
    return null;
  }
}

const newVersion = () => Math.random().toString(36);

/** Lets buttons be seen for what this browser can do with voices. */
export function offerSpeech(root) {
  const { speechSynthesis: voice, SpeechRecognition, webkitSpeechRecognition } = globalThis;
  const look = () => root.toggleAttribute("data-speaks", Boolean(voice?.getVoices().length));
  voice?.addEventListener("voiceschanged", look);
  look();
  root.toggleAttribute("data-hears", isSecureContext && Boolean(SpeechRecognition ?? webkitSpeechRecognition));
}

const NOTIFY = "notify";

/** Tells of replies that are done while the reader is elsewhere, if they want it; asks them once. */
export class Notices {
  #parts;
  #isPossible = canNotify();
  #isDue = false;

  /** Of `part`: the question with its sentence, yes and no, and the choice in the menu. */
  constructor(part) {
    const parts = { question: part("notify"), sentence: part("notify-sentence"), yes: part("notify-yes"), no: part("notify-no") };
    Object.assign(parts, { choice: part("notify-choice") });
    this.#parts = parts;
    if (!this.#isPossible) {
      return;
    }
    const { question, yes, no, choice } = parts;
    choice.closest("label").hidden = false;
    choice.checked = wantsNotices();
    choice.addEventListener("change", () => this.#choose(choice.checked));
    yes.addEventListener("click", () => this.#choose(true));
    no.addEventListener("click", () => (question.hidden = true));
  }

  /** A reply is done, and nobody looks. `open()` when the reader comes to see it. */
  ended({ id, title, open }) {
    if (!this.#isPossible) {
      return;
    }
    this.#isDue ||= localStorage.getItem(NOTIFY) === null && Notification.permission !== "denied";
    if (wantsNotices()) {
      // Pages that show the same conversation share one notice.
      const notice = new Notification(title, { body: gettext("The reply is done."), tag: id });
      notice.addEventListener("click", () => {
        notice.close();
        open();
      });
    }
  }

  /** Whether there is something to ask the reader, who is back; it is asked only once. */
  ask() {
    const isDue = this.#isDue;
    this.#isDue = false;
    if (isDue && localStorage.getItem(NOTIFY) === null) {
      localStorage.setItem(NOTIFY, "asked");
      this.#parts.question.hidden = false;
    }
    return isDue;
  }

  async #choose(on) {
    const { question, sentence, yes, no, choice } = this.#parts;
    const isAllowed = await chooseNotices(on);
    choice.checked = isAllowed;
    question.hidden = isAllowed || !on;
    if (on && !isAllowed) {
      sentence.textContent = gettext("Your browser does not allow it. You can change that in its settings for this site.");
      yes.hidden = true;
      no.textContent = gettext("Close");
    }
  }
}

/** Asks the browser, too, and returns whether they will come. */
export async function chooseNotices(on) {
  const isAllowed = on && (await Notification.requestPermission()) === "granted";
  localStorage.setItem(NOTIFY, isAllowed ? "yes" : "no");
  return isAllowed;
}

export function wantsNotices() {
  return localStorage.getItem(NOTIFY) === "yes" && Notification.permission === "granted";
}

/** Chrome on Android has notifications, but not for pages without a service worker: there this throws. */
export function canNotify() {
  if (!globalThis.Notification) {
    return false;
  }
  try {
    return Notification.permission === "granted" || Boolean(new Notification(""));
  } catch {
    return false;
  }
}
