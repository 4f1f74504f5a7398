import { gettext, language } from "./gettext.js";

const MOST = 100000;
const COUNT_FROM = 90000;
const DAY = 24 * 60 * 60 * 1000;
const LONGEST_KEPT = 30 * DAY;
const MOST_DRAFTS = 30;

/** The box one types in, which keeps what is typed. */
export class Composer {
  #parts;
  #draft;
  #busy = false;
  #closed = null;
  #acts;
  #sendKey;
  /** What has been sent and may still be refused. */
  #sent = "";

  /** `acts`: `send(text)`, `queue(text)` while a reply is written, `stop()`, `edit()`: the last question's button, if any. */
  constructor(form, part, { draft, ...acts }) {
    const parts = Object.fromEntries(["text", "send", "stop", "error", "count"].map((name) => [name, part(name)]));
    this.#parts = { ...parts, rest: part("scroller") };
    this.#draft = draft;
    this.#acts = acts;
    this.#sendKey = form.dataset.sendKey;
    const { text } = parts;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(text.value);
    });
    parts.stop.addEventListener("click", acts.stop);
    text.addEventListener("keydown", (event) => this.#typed(event));
    text.addEventListener("input", () => {
      this.#keep();
      this.#changed();
    });
    this.#draft.follow((theirs) => this.#write(theirs));
    text.value ||= this.#draft.read();
    this.#changed();
    if (!phone()) {
      text.focus();
    }
  }

  submit(text) {
    if (this.#closed) {
      this.explain(...this.#closed);
    } else if (this.#allows(text)) {
      this.explain("");
      if (text === this.#parts.text.value) {
        this.#write("");
      }
      if (this.#busy) {
        this.#acts.queue(text);
        this.#keep();
        this.#hold(this.#parts.send, this.#parts.stop);
      } else {
        this.sends(text);
        this.#acts.send(text);
      }
    }
  }

  /** Until it is safe on the server, a text that is being sent is kept with what is typed. */
  sends(text) {
    this.#sent = text;
    this.#keep();
  }

  /** While a reply is being written there is Stop, and Send only beside a text that can wait for its end. */
  set busy(busy) {
    const { stop, send, rest } = this.#parts;
    this.#busy = busy;
    this.#hold(busy ? send : stop, busy ? stop : rest, () => (stop.hidden = !busy));
  }

  get busy() {
    return this.#busy;
  }

  /** Puts back a text that was not accepted, before what has been typed since. */
  restore(text) {
    this.#sent = "";
    this.#write(joined(text, this.#parts.text.value));
    this.#keep();
    this.focus();
  }

  /** The text sent is safe on the server; what is typed from now on belongs to this conversation. */
  sent(conversation) {
    this.#sent = "";
    this.#draft.move(conversation, this.#parts.text.value);
  }

  explain(sentence, link = null) {
    this.#parts.error.textContent = sentence;
    if (link) {
      this.#parts.error.append(" ", Object.assign(document.createElement("a"), link));
    }
    this.#parts.text.setAttribute("aria-invalid", String(Boolean(sentence)));
  }

  /** From now on nothing can be sent from here; what is typed is kept for the next new one, after what was begun there. */
  close(sentence, link) {
    this.#closed = [sentence, link];
    const unsent = joined(this.#sent, this.#parts.text.value);
    this.#draft.move("new", "");
    this.#write(joined(unsent && this.#draft.read(), this.#parts.text.value));
    unsent && this.#keep();
    this.explain(sentence, link);
  }

  get isEmpty() {
    return !/\S/.test(this.#parts.text.value);
  }

  focus() {
    this.#parts.text.focus();
  }

  /** Where the focus goes when what had it is gone: on a phone the box would bring up the keyboard. */
  rest(place = this.#parts.rest) {
    (phone() ? place : this.#parts.text).focus({ preventScroll: true });
  }

  #hold(button, place, change = () => {}) {
    const isHomeless = [button, document.body].includes(document.activeElement);
    change();
    this.#changed();
    if (isHomeless) {
      this.rest(place);
    }
  }

  #typed(event) {
    // 229 is what Safari says for the Enter that ends a composition.
    const composes = event.isComposing || event.keyCode === 229;
    if (composes || event.altKey || event.shiftKey) {
      return;
    }
    const withKey = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && (withKey || (this.#sendKey !== "ctrl-enter" && !phone()))) {
      event.preventDefault();
      this.submit(this.#parts.text.value);
    } else if (event.key === "ArrowUp" && !withKey && this.#parts.text.value === "" && !this.#busy) {
      this.#acts.edit()?.click();
    }
  }

  #allows(text) {
    if (length(text) > MOST) {
      this.explain(gettext("A message may have at most 100,000 characters; this one has more. Shorten it or split it."));
      this.focus();
      return false;
    }
    return /\S/.test(text);
  }

  #write(text) {
    this.#parts.text.value = text;
    this.#changed();
  }

  #keep() {
    this.#draft.write(joined(this.#sent, this.#parts.text.value));
  }

  #changed() {
    const { text, send, count } = this.#parts;
    const characters = length(text.value);
    send.hidden = this.#busy && this.isEmpty;
    send.disabled = this.isEmpty || Boolean(this.#closed);
    count.textContent = characters >= COUNT_FROM ? `${characters.toLocaleString(language)} / ${MOST.toLocaleString(language)}` : "";
    count.classList.toggle("over", characters > MOST);
    if (!CSS.supports("field-sizing", "content")) {
      text.style.height = "auto";
      text.style.height = `${text.scrollHeight}px`;
    }
  }
}

function joined(text, typed) {
  return text && typed ? `${text}\n\n${typed}` : text || typed;
}

function phone() {
  return matchMedia("(pointer: coarse)").matches;
}

/** In characters as the server counts them, not in UTF-16 units. */
function length(text) {
  return text.length < COUNT_FROM ? text.length : text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

/**
 * What is typed and not yet sent in one conversation. This tab knows its own; the browser knows what was typed last in any
 * tab, for a while, so that it is there when the tab is gone. Another account finds none of it.
 */
export class Draft {
  #user;
  #conversation;
  #id = newDraft();
  #text = "";
  #late = null;

  constructor(user, conversation) {
    this.#user = user;
    this.#conversation = conversation;
    addEventListener("pagehide", () => this.#save());
    document.addEventListener("visibilitychange", () => this.#save());
    sweep();
  }

  read() {
    const found = kept(sessionStorage.getItem(this.#key)) ?? kept(localStorage.getItem(this.#key));
    this.#id = found?.id ?? this.#id;
    this.#text = found?.text ?? "";
    return this.#text;
  }

  write(text) {
    this.#text = text;
    this.#late ??= setTimeout(() => this.#save(), 300);
    if (text.length < 10000) {
      this.#save();
    }
  }

  /** Calls `changed(text)` when another tab went on with the very draft that this one shows, or has sent it. */
  follow(changed) {
    addEventListener("storage", ({ key, oldValue, newValue }) => {
      const [old, now] = [kept(oldValue), kept(newValue)];
      const isThis = key === this.#key && old?.id === this.#id && (now?.id ?? old.id) === this.#id;
      if (isThis && old.text === this.#text && now?.text !== this.#text) {
        this.#text = now?.text ?? "";
        this.#late = 0;
        // The others know it already, and would answer for ever.
        this.#save([sessionStorage]);
        changed(this.#text);
      }
    });
  }

  /** What was typed has been sent; from now on a draft of another conversation is written. */
  move(conversation, text) {
    this.#text = "";
    this.#late = 0;
    this.#save();
    this.#id = newDraft();
    this.#conversation = conversation;
    this.write(text);
  }

  get #key() {
    return `draft:${this.#user}:${this.#conversation}`;
  }

  #save(storages = [sessionStorage, localStorage]) {
    if (this.#late === null) {
      return;
    }
    clearTimeout(this.#late);
    this.#late = null;
    const [id, text] = [this.#id, this.#text];
    for (const storage of storages) {
      try {
        if (text) {
          storage.setItem(this.#key, JSON.stringify({ id, text, at: Date.now() }));
        } else if (kept(storage.getItem(this.#key))?.id === id) {
          storage.removeItem(this.#key);
        }
      } catch {
        // The browser gives no more room; the box still has it.
      }
    }
  }
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

function newDraft() {
  return Math.random().toString(36);
}
