import { gettext, interpolate, ngettext } from "./gettext.js";

/** Draws what is said: one article for each message, one child of a reply's body for each block. */
export class Messages {
  #log;
  #templates;
  #showTime;

  /** `showTime(time)` writes the time of what is said now into a `<time>` that has none. */
  constructor(log, templates, showTime) {
    this.#log = log;
    this.#templates = templates;
    this.#showTime = showTime;
  }

  addQuestion(id, text, parent) {
    const article = this.#add(this.#templates.question, id);
    article.dataset.parent = parent ?? "";
    article.querySelector(".message-text").textContent = text;
    return article;
  }

  addReply(id, question) {
    const article = this.#add(this.#templates.reply, id);
    article.dataset.question = question;
    article.setAttribute("aria-busy", "true");
    return new ReplyArticle(article);
  }

  reply(id) {
    const article = this.#log.querySelector(`[data-message="${CSS.escape(id)}"]`);
    return article && new ReplyArticle(article);
  }

  get last() {
    return this.#log.lastElementChild;
  }

  /** Takes a message and all after it away. Returns what puts them back. */
  cut(article) {
    const children = [...this.#log.children];
    const cut = children.slice(children.indexOf(article));
    cut.forEach((child) => child.remove());
    return () => this.#log.append(...cut);
  }

  /** The older part, as the server draws it, in place of the link that asked for it. */
  prepend(link, html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    link.replaceWith(template.content);
  }

  get isTypedIn() {
    return Boolean(this.#log.querySelector(".editor, .comment input:not(:placeholder-shown)"));
  }

  shows(id) {
    return Boolean(this.reply(id));
  }

  writes(id) {
    return this.reply(id)?.article.getAttribute("aria-busy") === "true";
  }

  /** The newest messages as the server draws them, in an element that says which is the `leaf` and which `running`. */
  parse(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  }

  /** Shows what was parsed. What is on the page already stays untouched, and so does all that is older. */
  show(newest) {
    const wanted = [...newest.children];
    const known = new Map(Array.from(this.#log.children, (child) => [child.dataset.message, child]));
    const [first] = wanted.filter(({ dataset }) => dataset.message);
    let place = known.get(first?.dataset.message);
    if (place) {
      // Its older neighbours are here already, or can be asked for where they begin.
      wanted.splice(0, wanted.indexOf(first));
    }
    place ??= this.#log.firstElementChild;
    for (const child of wanted) {
      const old = known.get(child.dataset.message);
      // What is being read aloud stays, with the button that stops it, and so do words that are being typed.
      const kept = old && (isSame(old, child) || old.querySelector("[data-on], .editor, .comment")) ? old : child;
      if (kept === place) {
        place = place.nextElementSibling;
      } else {
        this.#log.insertBefore(kept, place);
        child.querySelectorAll("time").forEach((time) => this.#showTime(time));
      }
    }
    while (place) {
      const next = place.nextElementSibling;
      place.remove();
      place = next;
    }
  }

  #add(template, id) {
    const article = template.content.firstElementChild.cloneNode(true);
    this.#log.append(article);
    this.#showTime(article.querySelector("time"));
    name(article, id);
    return article;
  }
}

/** A reply while it is being written. Its methods are named like the events they draw. */
export class ReplyArticle {
  #reasoningRestarts = false;
  /** How it had ended before it was continued. */
  #cut = "";
  /** How much of the reply's text is shown, in characters. */
  #chars;
  /** What another process knows of the reply, while that is less than what is shown. */
  #behind = null;

  constructor(article) {
    this.article = article;
    this.body = article.querySelector("[data-part=body]");
    this.#chars = Number(article.dataset.chars ?? 0);
  }

  get model() {
    return this.article.querySelector("[data-part=model]").textContent;
  }

  /** It is being written once more. Returns what makes that undone. */
  resume() {
    const { finish } = this.article.dataset;
    this.article.dataset.finish = "";
    this.article.setAttribute("aria-busy", "true");
    this.#cut = finish;
    return () => {
      this.#cut = "";
      this.#end(finish);
    };
  }

  /** The button that asked for it is gone; who uses the keyboard stays here. */
  focus() {
    this.article.tabIndex = -1;
    this.article.focus({ preventScroll: true });
  }

  started({ reply, model_name: model, instead_of: wanted }) {
    name(this.article, reply);
    this.article.querySelector("[data-part=model]").textContent = model;
    const sentence = wanted && gettext("%(wanted)s is not offered any more, so %(model)s answers.");
    this.article.querySelector("[data-part=instead]").textContent = sentence ? interpolate(sentence, { wanted, model }) : "";
  }

  snapshot({ html, chars }) {
    this.#reasoningRestarts = true;
    this.#behind = chars < this.#chars ? document.createElement("div") : null;
    renew(this.#behind ?? this.body, html);
    this.#shown(chars);
  }

  /** False when a block before this one never came. */
  block({ n, html, chars }) {
    const place = this.#behind ?? this.body;
    const old = place.children[n];
    if (old) {
      old.outerHTML = html;
    } else if (n === place.children.length) {
      place.insertAdjacentHTML("beforeend", html);
    } else {
      return false;
    }
    this.#shown(chars);
    return true;
  }

  /** What was shown once is not taken back: a process that knows less is waited for. */
  #shown(chars) {
    if (this.#behind && chars >= this.#chars) {
      this.body.replaceChildren(...this.#behind.children);
      this.#behind = null;
    }
    this.#chars = Math.max(chars, this.#chars);
  }

  get isAwaited() {
    return this.article.hasAttribute("aria-busy") && !this.body.firstChild;
  }

  /** Why nothing has come yet. */
  waiting(why) {
    this.article.dataset.waiting = JSON.stringify(why);
  }

  reasoning({ text }) {
    const place = this.article.querySelector("[data-part=reasoning-text]");
    this.article.querySelector("[data-part=reasoning]").hidden = false;
    if (this.#reasoningRestarts) {
      place.textContent = "";
      this.#reasoningRestarts = false;
    }
    place.append(text);
  }

  lost() {
    this.article.dataset.lost = "";
  }

  found() {
    delete this.article.dataset.lost;
  }

  done({ finish, html, timing_ms: timing }) {
    this.#behind = null;
    if (timing?.reasoning) {
      const seconds = Math.max(1, Math.round((timing.reasoning - (timing.first ?? 0)) / 1000));
      this.article.querySelector("[data-part=thought]").textContent = thought(seconds);
    }
    renew(this.body, html);
    this.#end(finish);
  }

  failed({ message, code = "", retry_after: wait }) {
    this.article.dataset.error = code;
    const sentence = wait ? message.replace(gettext("a moment"), duration(wait)) : message;
    this.article.querySelector("[data-part=failure]").textContent = sentence;
    this.#end("failed");
  }

  remove() {
    this.article.remove();
  }

  #end(finish) {
    this.found();
    if (this.#behind) {
      // There is no more: that is what was saved.
      this.body.replaceChildren(...this.#behind.children);
      this.#behind = null;
    }
    this.article.dataset.finish = finish;
    if (this.#cut) {
      this.article.querySelector(".seam").dataset.seam = this.#cut;
    }
    this.article.removeAttribute("aria-busy");
  }
}

/** Only what differs: what stays keeps its selection, its scrolling and its diagrams. */
function renew(place, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const wanted = [...template.content.childNodes];
  const shown = [...place.childNodes];
  shown.slice(wanted.length).forEach((node) => node.remove());
  wanted.forEach((node, n) => {
    if (!shown[n]) {
      place.append(node);
    } else if (!shown[n].isEqualNode(node)) {
      shown[n].replaceWith(node);
    }
  });
}

function isSame(shown, drawn) {
  const body = (article) => article.querySelector("[data-part=body]")?.innerHTML;
  const versions = (article) => article.querySelector(".versions span")?.textContent;
  return (
    ["finish", "rating"].every((name) => shown.dataset[name] === drawn.dataset[name]) &&
    body(shown) === body(drawn) &&
    versions(shown) === versions(drawn)
  );
}

function thought(seconds) {
  const count = seconds < 100 ? seconds : Math.ceil(seconds / 60);
  const sentence =
    seconds < 100
      ? ngettext("Thought for %(count)s second", "Thought for %(count)s seconds", count)
      : ngettext("Thought for %(count)s minute", "Thought for %(count)s minutes", count);
  return interpolate(sentence, { count });
}

/** What stands in a sentence for "a moment" when it is known how long that is. */
function duration(seconds) {
  const count = seconds < 100 ? seconds : Math.ceil(seconds / 60);
  const words =
    seconds < 100
      ? ngettext("%(count)s second", "%(count)s seconds", count)
      : ngettext("%(count)s minute", "%(count)s minutes", count);
  return interpolate(words, { count });
}

function name(article, id) {
  const heading = article.querySelector("h2");
  article.dataset.message = id;
  heading.id = `said-${id}`;
  article.setAttribute("aria-labelledby", heading.id);
}
