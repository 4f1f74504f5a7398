import { gettext, interpolate, ngettext } from "./gettext.js";

const PAUSE = 150;

/**
 * The search in the sidebar, as one types: hits take the place of the list. `ask(url, signal)` brings them as a piece
 * of a page, `say(sentence)` tells how many.
 */
export class Search {
  #box;
  #found;
  #list;
  #acts;
  #url;
  #asked = "";
  #timer;
  #request = new AbortController();

  constructor(form, found, list, acts) {
    this.#box = form.querySelector("input");
    this.#found = found;
    this.#list = list;
    this.#acts = acts;
    this.#url = form.action;
    this.#box.addEventListener("input", () => this.#typed());
    this.#box.addEventListener("keydown", (event) => this.#steer(event));
    found.addEventListener("keydown", (event) => this.#steer(event));
    found.addEventListener("click", (event) => {
      const more = event.target.closest(".found-more");
      if (more) {
        event.preventDefault();
        this.#more(more);
      }
    });
    // It may have been typed before this was here, or come back with the page.
    this.#typed();
  }

  #typed() {
    clearTimeout(this.#timer);
    const text = this.#box.value.trim();
    if (text) {
      this.#timer = setTimeout(() => this.#search(this.#box.value), PAUSE);
    } else {
      this.#request.abort();
      this.#asked = "";
      this.#show(false);
    }
  }

  async #search(text) {
    if (text === this.#asked) {
      return;
    }
    this.#asked = text;
    const html = await this.#ask(`${this.#url}?q=${encodeURIComponent(text)}`);
    if (html !== null && this.#asked === text) {
      this.#draw(html);
      this.#found.scrollTop = 0;
    }
  }

  /** The next ones below, in the same list. */
  async #more(link) {
    const html = await this.#ask(link.href);
    if (html === null) {
      return;
    }
    const list = this.#found.querySelector("ul");
    const fresh = parse(html);
    const items = [...fresh.querySelectorAll("li")];
    if (link.closest("li")) {
      // All of the titles, in place of the first few and of the messages.
      this.#draw(html);
    } else {
      link.remove();
      list.append(...items);
      list.after(...fresh.querySelectorAll(".found > .found-more"));
      this.#tell(list.querySelectorAll(".hit").length, this.#found.querySelector(".found-more"));
    }
    items[0]?.querySelector("a").focus();
  }

  /** Null when somebody asked for something else meanwhile. */
  async #ask(url) {
    this.#request.abort();
    const request = (this.#request = new AbortController());
    try {
      return await this.#acts.ask(`${url}&part=results`, request.signal);
    } catch (error) {
      if (!request.signal.aborted) {
        this.#asked = "";
        this.#show(true);
        const sentence = Object.assign(document.createElement("p"), { className: "found-nothing" });
        sentence.textContent = error.signedOut
          ? gettext("You are not signed in any more.")
          : gettext("The search does not answer. Try again in a moment.");
        this.#found.replaceChildren(sentence);
        this.#acts.say(sentence.textContent);
      }
      return null;
    }
  }

  #draw(html) {
    const fresh = parse(html);
    const { count, more } = fresh.firstElementChild.dataset;
    this.#found.replaceChildren(fresh);
    this.#show(true);
    this.#tell(Number(count), more !== undefined);
  }

  #tell(count, more) {
    const hits = more
      ? ngettext("%(count)s or more hit", "%(count)s or more hits", count)
      : ngettext("%(count)s hit", "%(count)s hits", count);
    this.#acts.say(count ? interpolate(hits, { count }) : gettext("Nothing found"));
  }

  #show(open) {
    this.#found.hidden = !open;
    this.#list.hidden = open;
  }

  #steer(event) {
    const links = [...this.#found.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape" && this.#box.value) {
      // Or the drawer around it would close as well.
      event.preventDefault();
      this.#box.value = "";
      this.#typed();
      this.#acts.say("");
      this.#box.focus();
    } else if (event.key === "ArrowDown" && !this.#found.hidden && links.length) {
      event.preventDefault();
      links[Math.min(at + 1, links.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (links[at - 1] ?? this.#box).focus();
    }
  }
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}
