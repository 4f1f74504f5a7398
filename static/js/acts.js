import { gettext } from "./gettext.js";
import { Menu } from "./menu.js";

/** What the reader does to a message beyond reading it: puts it into other words, rates it, forks, asks how it came about. */
export class Acts {
  #parts;
  #tools;
  #menu;

  /** `tools`: `api`, `talk`, `draft(name)`, `say(sentence)`, `explain(sentence)`, `newId()`, `go(conversation)`, `showTimes(root)`;
   * `tell(news, refresh)` tells the other tabs what is new, `closed()` follows them when nothing is edited any more. */
  constructor({ part, template }, tools) {
    const details = part("details");
    this.#parts = { details, list: part("details-list"), editor: template("editor"), comment: template("comment") };
    this.#tools = tools;
    this.#menu = new Menu(part("more"), (act, opener) => this.do(act, opener.closest("article"), opener));
    details.addEventListener("click", ({ target }) => target === details && details.close());
  }

  do(act, article, button) {
    const id = article.dataset.message;
    switch (act) {
      case "more":
        return this.#menu.open(button);
      case "edit":
        return this.#edit(article, button).catch((error) => this.#tools.explain(error.message));
      case "good":
      case "bad":
        return this.#rate(article, button.getAttribute("aria-pressed") === "true" ? "" : act);
      case "fork":
        return this.#fork(id, button);
      case "details":
        return this.#detail(id, button);
      default:
        return undefined;
    }
  }

  /** Another version of a message, without a new page. */
  async show(id) {
    await this.#tools.api.show(id);
    this.#tools.tell({}, true);
    await this.#tools.talk.catchUp();
    const article = this.#tools.talk.messages.reply(id)?.article;
    const { activeElement: here } = document;
    // Not away from where somebody has gone on meanwhile.
    if (here === document.body || here.closest(".versions")) {
      article?.querySelector(".versions button:not(:disabled)")?.focus();
    }
    article?.scrollIntoView({ block: "nearest" });
  }

  /** In another tab. */
  rated({ message, value }) {
    const { article } = this.#tools.talk.messages.reply(message) ?? {};
    article && mark(article, value);
  }

  async #edit(article, opener) {
    if (article.querySelector(".editor")) {
      return;
    }
    const { id, text } = await this.#open(article);
    const isQuestion = article.classList.contains("question");
    const form = this.#parts.editor.content.firstElementChild.cloneNode(true);
    const area = form.elements.text;
    const error = form.querySelector("[role=alert]");
    area.id = `edit-${id}`;
    const draft = this.#tools.draft(`edit-${id}`);
    area.value = draft.read() || text;
    form.querySelector("label").htmlFor = area.id;
    form.querySelector("[data-part=hint]").textContent = isQuestion ? gettext("Asks again, as a new version.") : gettext("Kept as a version of its own.");
    form.querySelector("[type=submit]").textContent = isQuestion ? gettext("Send") : gettext("Save");
    const { composer } = this.#tools.talk;
    let version = {};
    let isKept = false;
    const keep = (words) => {
      draft.write(isKept || words === text ? "" : words);
      isKept && composer.sends(words);
    };
    const refuse = ({ signedOut }) => {
      // Who logs in comes back to a new page, and finds the words in its box.
      isKept ||= signedOut;
      keep(area.value);
    };
    const close = () => {
      form.remove();
      delete article.dataset.editing;
      keep("");
      this.#tools.closed();
    };
    const leave = () => {
      close();
      opener.isConnected && opener.focus();
    };
    form.querySelector("[data-act=cancel]").addEventListener("click", leave);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        leave();
      } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("input", () => keep(area.value));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const words = area.value;
      if (words === text || !words.trim()) {
        leave();
      } else if (isQuestion && this.#tools.talk.isBusy) {
        error.textContent = gettext("A reply is being written. Wait for it or stop it, then send again.");
      } else if (isQuestion) {
        // The same words again are the same message: what was refused may have arrived.
        version = version.words === words ? version : { words, id: this.#tools.newId() };
        await this.#tools.talk.edit(article, words, version.id, { refused: refuse, arrived: () => draft.write("") });
      } else {
        await this.#saveReply(id, words, close).catch((refused) => {
          error.textContent = refused.message;
          refuse(refused);
        });
      }
    });
    article.dataset.editing = "";
    article.querySelector(isQuestion ? ".message-text" : ".message-body").after(form);
    fit(area);
    form.scrollIntoView({ block: "nearest" });
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }

  async #open(article) {
    const id = article.dataset.message;
    const shown = article.querySelector(".message-text");
    return { id, text: shown ? shown.textContent : await this.#tools.api.text(id) };
  }

  async #saveReply(id, words, close) {
    await this.#tools.api.edit(id, words);
    this.#tools.tell({}, true);
    close();
    // It is saved; where the page cannot show it now, it will when the site can be reached.
    await this.#tools.talk.catchUp().catch(() => {});
    this.#tools.say(gettext("Saved as a version of its own."));
    const newest = this.#tools.talk.messages.last;
    newest?.querySelector("[data-act=more]")?.focus();
  }

  async #rate(article, value) {
    const before = article.dataset.rating ?? "";
    mark(article, value);
    article.querySelector(".comment")?.remove();
    try {
      await this.#tools.api.rate(article.dataset.message, { value, comment: "" });
    } catch (error) {
      mark(article, before);
      this.#tools.explain(error.message);
      return;
    }
    this.#tools.tell({ rated: { message: article.dataset.message, value } });
    this.#tools.say(value ? gettext("Rated. You can add a comment.") : gettext("The rating is taken back."));
    if (value) {
      this.#askForComment(article, value);
    }
  }

  #askForComment(article, value) {
    const form = this.#parts.comment.content.firstElementChild.cloneNode(true);
    const input = form.elements.comment;
    input.id = `comment-${article.dataset.message}`;
    const label = form.querySelector("label");
    label.htmlFor = input.id;
    label.textContent = value === "good" ? gettext("What was good about it?") : gettext("What was wrong with it?");
    const leave = () => {
      const isInside = form.contains(document.activeElement);
      form.remove();
      this.#tools.closed();
      if (isInside) {
        article.querySelector(`[data-act=${value}]`).focus();
      }
    };
    form.querySelector("[data-act=cancel]").addEventListener("click", leave);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        leave();
      }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const comment = input.value.trim();
      try {
        if (comment) {
          await this.#tools.api.rate(article.dataset.message, { value, comment });
          article.dataset.comment = comment;
          this.#tools.say(gettext("Your comment is saved."));
        }
        leave();
      } catch (error) {
        form.querySelector("[role=alert]").textContent = error.message;
      }
    });
    article.querySelector(".message-foot").after(form);
    form.scrollIntoView({ block: "nearest" });
  }

  async #fork(message, button) {
    const conversation = this.#tools.newId();
    button.disabled = true;
    try {
      await this.#tools.api.fork(message, conversation);
      this.#tools.go(conversation);
    } catch (error) {
      this.#tools.explain(error.message);
    } finally {
      button.disabled = false;
    }
  }

  async #detail(message, opener) {
    const { details, list } = this.#parts;
    try {
      list.innerHTML = await this.#tools.api.details(message);
    } catch (error) {
      this.#tools.explain(error.message);
      return;
    }
    this.#tools.showTimes(list);
    details.addEventListener("close", () => opener.focus(), { once: true });
    details.showModal();
  }
}

function mark(article, rating) {
  article.dataset.rating = rating;
  for (const button of article.querySelectorAll(".rating")) {
    button.setAttribute("aria-pressed", String(button.dataset.act === rating));
  }
}

function fit(area) {
  if (!CSS.supports("field-sizing", "content")) {
    area.style.height = `${area.scrollHeight}px`;
  }
}
