const MOST = 100000;
const COUNT_FROM = 90000;

/** The box one types in. Calls `send(text)` and `stop()`; keeps what is typed through reloads and log-ins. */
export class Composer {
  #parts;
  #draft;
  #busy = false;
  #closed = null;
  #isQueued = false;
  #hint;
  #send;

  constructor(form, parts, { draft, send, stop }) {
    this.#parts = parts;
    this.#draft = draft;
    this.#send = send;
    this.#hint = parts.hint.textContent;
    const { text } = parts;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(text.value);
    });
    parts.stop.addEventListener("click", stop);
    text.addEventListener("keydown", (event) => this.#typed(event));
    text.addEventListener("input", () => {
      this.#keep(text.value);
      this.#changed();
    });
    text.value ||= sessionStorage.getItem(`draft:${draft}`) ?? "";
    this.#changed();
    fitKeyboard();
    if (!phone()) {
      text.focus();
    }
  }

  submit(text) {
    if (this.#closed) {
      this.explain(...this.#closed);
    } else if (this.#busy && this.queues && this.#allows(text)) {
      this.#queue(true);
    } else if (!this.#busy && this.#allows(text)) {
      this.explain("");
      if (text === this.#parts.text.value) {
        this.#write("");
      }
      this.#send(text);
    }
  }

  /** Whether a message can be sent while the reply to another page's is being written: it waits for its end. */
  queues = false;

  /** While a reply is being written there is Stop in place of Send. */
  set busy(busy) {
    const { stop, send, text, rest } = this.#parts;
    const homeless = [busy ? send : stop, document.body].includes(document.activeElement);
    this.#busy = busy;
    stop.hidden = !busy;
    this.#changed();
    if (this.#isQueued && !busy) {
      this.#queue(false);
      // Not before the end of that reply has been heard by all.
      queueMicrotask(() => this.submit(text.value));
    }
    if (homeless && phone()) {
      // The box would bring up the keyboard.
      (busy ? stop : rest).focus({ preventScroll: true });
    } else if (homeless) {
      text.focus();
    }
  }

  get busy() {
    return this.#busy;
  }

  /** Puts back a text that was not accepted, before what has been typed since. */
  restore(text) {
    const typed = this.#parts.text.value;
    this.#write(typed ? `${text}\n\n${typed}` : text);
    this.#keep(this.#parts.text.value);
    this.focus();
  }

  /** The text sent is safe on the server; what is typed from now on belongs to this conversation. */
  sent(draft) {
    sessionStorage.removeItem(`draft:${this.#draft}`);
    this.#draft = draft;
    this.#keep(this.#parts.text.value);
  }

  explain(sentence, link = null) {
    this.#parts.error.textContent = sentence;
    if (link) {
      const anchor = Object.assign(document.createElement("a"), link);
      this.#parts.error.append(" ", anchor);
    }
    this.#parts.text.setAttribute("aria-invalid", String(Boolean(sentence)));
  }

  /** From now on nothing can be sent from here; what is typed is kept for the next new conversation. */
  close(sentence, link) {
    this.#closed = [sentence, link];
    this.sent("new");
    this.explain(sentence, link);
    this.#changed();
  }

  get isEmpty() {
    return this.#parts.text.value.trim() === "";
  }

  focus() {
    this.#parts.text.focus();
  }

  #queue(isQueued) {
    this.#isQueued = isQueued;
    this.#parts.hint.textContent = isQueued ? "Your message is sent as soon as this reply is done." : this.#hint;
  }

  #typed(event) {
    // 229 is what Safari says for the Enter that ends a composition.
    const composes = event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && !event.shiftKey && !composes && !phone()) {
      event.preventDefault();
      this.submit(this.#parts.text.value);
    }
  }

  #allows(text) {
    if (length(text) > MOST) {
      this.explain("A message may have at most 100,000 characters; this one has more. Shorten it or split it.");
      this.focus();
      return false;
    }
    return text.trim() !== "";
  }

  #write(text) {
    this.#parts.text.value = text;
    this.#changed();
  }

  #keep(text) {
    const key = `draft:${this.#draft}`;
    text ? sessionStorage.setItem(key, text) : sessionStorage.removeItem(key);
  }

  #changed() {
    const { text, send, count } = this.#parts;
    const characters = length(text.value);
    send.hidden = this.#busy && !(this.queues && !this.isEmpty);
    send.disabled = this.isEmpty || Boolean(this.#closed);
    count.textContent = characters >= COUNT_FROM ? `${characters.toLocaleString()} / ${MOST.toLocaleString()}` : "";
    count.classList.toggle("over", characters > MOST);
    if (!CSS.supports("field-sizing", "content")) {
      text.style.height = "auto";
      text.style.height = `${text.scrollHeight}px`;
    }
  }
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

function phone() {
  return matchMedia("(pointer: coarse)").matches;
}

/** In characters as the server counts them, not in UTF-16 units. */
function length(text) {
  return text.length < COUNT_FROM ? text.length : Array.from(text).length;
}
