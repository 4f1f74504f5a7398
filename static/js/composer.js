import { gettext, language } from "./gettext.js";

const MOST = 100000;
const COUNT_FROM = 90000;
/** Between a text that has come back and what has been typed since. */
const GAP = "\n\n";

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
  /** What is to wait for the end of a reply, while the queue is on its way. */
  #unqueued = [];

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
    // The second click of a double click on Send is none on what has taken its place.
    parts.stop.addEventListener("click", ({ detail }) => detail > 1 || acts.stop());
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
        this.#queue(text);
        this.#hold(this.#parts.send, this.#parts.stop);
      } else {
        this.#acts.send(text);
      }
    }
  }

  /** Until it is safe on the server, a text that is being sent is kept with what is typed; and as which message. */
  sends(text, message = this.unsure) {
    this.#sent = text;
    this.#keep(message);
  }

  /** A message whose words are kept here although it may have arrived. */
  get unsure() {
    return this.#draft.unsure;
  }

  /** It has: its words are not here to be sent once more. */
  arrived() {
    const { text } = this.unsure;
    const [typed, since] = [this.#parts.text.value, `${text}${GAP}`];
    if (typed === text || typed.startsWith(since)) {
      this.#write(typed.slice(since.length));
    }
    this.#keep(null);
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
    this.#draft.move(conversation, this.#unsent);
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
    const unsent = this.#unsent;
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

  async #queue(text) {
    this.#unqueued.push(text);
    this.#keep();
    await this.#acts.queue(text);
    this.#unqueued.shift();
    this.#keep();
  }

  get #unsent() {
    return [this.#sent, ...this.#unqueued, this.#parts.text.value].reduce(joined);
  }

  #keep(message = this.unsure) {
    this.#draft.write(this.#unsent, message);
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
  return text && typed ? `${text}${GAP}${typed}` : text || typed;
}

function phone() {
  return matchMedia("(pointer: coarse)").matches;
}

/** In characters as the server counts them, not in UTF-16 units. */
function length(text) {
  return text.length < COUNT_FROM ? text.length : text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}
