import { gettext, interpolate, ngettext } from "./gettext.js";

const COMMAND = /^\/([\p{L}\p{M}\p{N}_-]*)$/u;
const VARIABLE = /\{\{[^{}\n]+\}\}/g;
/** Of a text, this much is enough to know it by. */
const BEGINNING = 200;

/**
 * The user's own prompts, as a list above the message box while a command is typed there, and what has to be filled in
 * once one was chosen. `ask(url)` brings the prompts, `say(sentence)` tells screen readers.
 */
export class Prompts {
  #text;
  #url;
  #acts;
  #prompts = null;
  #problem = "";
  #panel;
  #list;
  #note;
  #shown = [];
  #at = 0;
  #isAsked = false;
  #isDismissed = false;
  #fills = false;

  constructor(text, url, acts) {
    const { form } = text;
    this.#text = text;
    this.#url = url;
    this.#acts = acts;
    this.#panel = element("div", { class: "prompt-list", hidden: "" });
    this.#list = element("div", { id: "prompt-list", role: "listbox", "aria-label": gettext("Your prompts") });
    this.#note = element("p", { class: "prompt-note" });
    this.#panel.append(this.#list, this.#note);
    form.append(this.#panel);
    // Before the box itself and the page hear of a key.
    form.addEventListener("keydown", (event) => this.#steer(event), { capture: true });
    form.addEventListener("submit", () => this.look());
    for (const name of ["input", "compositionend"]) {
      text.addEventListener(name, () => this.look());
    }
    // What was sent has left the box without a word.
    text.addEventListener("keyup", ({ key }) => key === "Enter" && this.look());
    text.addEventListener("click", () => this.#fills && this.#selectHere());
    text.addEventListener("blur", () => this.#close());
    text.addEventListener("focus", () => this.look());
    // The box would lose the focus, and a phone its keyboard.
    this.#panel.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => {
      const option = target.closest("[role=option]");
      option && this.#choose(this.#shown[[...this.#list.children].indexOf(option)]);
    });
    globalThis.visualViewport?.addEventListener("resize", () => this.#fit());
  }

  /** Shows what fits to what is typed. */
  look() {
    const typed = this.#typed;
    this.#fills &&= this.#text.value.search(VARIABLE) >= 0;
    if (typed === null) {
      this.#isDismissed = this.#isAsked = false;
      this.#close();
      return;
    }
    if (!this.#isAsked) {
      this.#isAsked = true;
      this.#load();
    }
    this.#draw(typed);
  }

  /** What stands after the slash, null when there is more than a command. */
  get #typed() {
    return this.#text.value.match(COMMAND)?.[1] ?? null;
  }

  get #isOpen() {
    return !this.#panel.hidden;
  }

  async #load() {
    const known = this.#prompts;
    try {
      this.#prompts = (await this.#acts.ask(this.#url)).map((prompt) => ({ ...prompt, name: plain(prompt.command) }));
      this.#problem = "";
    } catch (error) {
      this.#problem = error.message;
    }
    // The same again would take the reader back to the first of them.
    if (known && JSON.stringify(known) === JSON.stringify(this.#prompts)) {
      return;
    }
    if (this.#typed !== null && document.activeElement === this.#text) {
      this.#draw(this.#typed);
    }
  }

  #draw(typed) {
    if (this.#isDismissed) {
      return;
    }
    const wanted = plain(typed);
    const fitting = this.#prompts?.filter(({ name }) => name.includes(wanted)) ?? [];
    fitting.sort((one, other) => other.name.startsWith(wanted) - one.name.startsWith(wanted));
    const note = this.#sentence(wanted);
    if (!fitting.length && !note) {
      this.#close();
      return;
    }
    this.#shown = fitting;
    this.#list.replaceChildren(...fitting.map(option));
    this.#list.hidden = !fitting.length;
    this.#note.hidden = !note;
    this.#note.replaceChildren(...note);
    this.#open();
  }

  /** What is said instead of a list. */
  #sentence(wanted) {
    if (this.#prompts) {
      if (this.#prompts.length || wanted) {
        return "";
      }
      const link = element("a", { href: this.#url }, gettext("Add your prompts"));
      return [gettext("A prompt is a text you keep under a command."), " ", link];
    }
    return this.#problem && [gettext("Your prompts cannot be shown."), " ", this.#problem];
  }

  #open() {
    const count = this.#shown.length;
    this.#panel.hidden = false;
    this.#panel.scrollTop = 0;
    this.#fit();
    this.#point(0);
    const sentence = ngettext("%(count)s prompt", "%(count)s prompts", count);
    this.#acts.say(count ? interpolate(sentence, { count }) : this.#note.textContent);
  }

  #close() {
    this.#panel.hidden = true;
    this.#mark(null);
  }

  /** On a phone little is left between the top of the page and the box. */
  #fit() {
    const { top } = this.#text.closest("main").getBoundingClientRect();
    const room = this.#text.form.getBoundingClientRect().top - Math.max(top, 0) - 12;
    this.#panel.style.setProperty("--room", `${Math.max(room, 0)}px`);
  }

  #point(at) {
    const options = [...this.#list.children];
    this.#at = at;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    options[at]?.scrollIntoView({ block: "nearest" });
    this.#mark(options[at]);
  }

  /** It stays a text box, which may not be said to be expanded as a combobox is. */
  #mark(option) {
    const marks = { haspopup: "listbox", autocomplete: "list", controls: this.#list.id, activedescendant: option?.id };
    for (const [name, value] of Object.entries(marks)) {
      option ? this.#text.setAttribute(`aria-${name}`, value) : this.#text.removeAttribute(`aria-${name}`);
    }
  }

  #steer(event) {
    const { key, target } = event;
    const isOther = event.isComposing || event.keyCode === 229 || target !== this.#text;
    if (isOther || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) {
      return;
    }
    if (this.#isOpen && this.#typed === null) {
      this.#close();
    }
    const count = this.#isOpen ? this.#shown.length : 0;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    let isOurs = true;
    if (this.#isOpen && key === "Escape") {
      this.#isDismissed = true;
      this.#close();
    } else if (count && step) {
      this.#point((this.#at + step + count) % count);
    } else if (count && (key === "Enter" || key === "Tab")) {
      this.#choose(this.#shown[this.#at]);
    } else {
      isOurs = key === "Tab" && this.#fills && this.#selectNext();
    }
    if (isOurs) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  #choose({ text }) {
    const box = this.#text;
    box.setRangeText(text, 0, box.value.length, "end");
    // The composer keeps what is typed, and grows with it.
    box.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertReplacementText" }));
    const count = text.match(VARIABLE)?.length ?? 0;
    this.#fills = count > 0;
    if (count) {
      box.setSelectionRange(0, 0);
      this.#selectNext();
      const sentence = ngettext(
        "%(count)s place to fill in.",
        "%(count)s places to fill in. Tab goes to the next.",
        count,
      );
      this.#acts.say(interpolate(sentence, { count }));
    }
    box.focus();
  }

  /** The next place to fill in behind the cursor; false when there is none, so that Tab can lead on. */
  #selectNext() {
    const { selectionEnd: end } = this.#text;
    return this.#select(this.#places.find((place) => place.index >= end));
  }

  /** The one the cursor was put into. */
  #selectHere() {
    const { selectionStart: start, selectionEnd: end } = this.#text;
    const place = this.#places.find(({ index, 0: { length } }) => index < start && start < index + length);
    start === end && this.#select(place);
  }

  get #places() {
    return [...this.#text.value.matchAll(VARIABLE)];
  }

  #select(place) {
    if (place) {
      const { index, 0: variable } = place;
      const box = this.#text;
      box.setSelectionRange(index, index + variable.length);
      // Browsers do not scroll to a selection that was not made by hand.
      box.scrollTop = (box.scrollHeight * index) / box.value.length - box.clientHeight / 2;
    }
    return Boolean(place);
  }
}

function option({ command, text }, place) {
  const item = element("div", { id: `prompt-${place}`, class: "prompt-option", role: "option" });
  item.append(
    element("span", { class: "prompt-command", dir: "auto" }, `/${command}`),
    " ",
    element("span", { class: "prompt-text", dir: "auto" }, text.slice(0, BEGINNING)),
  );
  return item;
}

function element(name, attributes, text = "") {
  const made = document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  made.textContent = text;
  return made;
}

function plain(command) {
  return command.normalize("NFKC").toLowerCase();
}
