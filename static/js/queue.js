import { gettext } from "./gettext.js";

/**
 * Messages that wait for the end of a reply, in the order they were sent. The first goes when a reply has ended by itself.
 * After one that was stopped or failed they wait for the reader: who stops a reply may want to say something else now.
 * This tab keeps its own; the browser keeps them too, for the next page of the conversation once the tab is gone.
 */
export class Queue {
  #place;
  #template;
  #key;
  #copy;
  #say;
  #waiting = [];
  #next = null;
  #composer;
  #talk;
  #newId;
  #scroll;

  constructor(place, template, key, { composer, talk, newId, scroll, say }) {
    this.#place = place;
    this.#template = template;
    this.#key = key;
    this.#composer = composer;
    this.#talk = talk;
    this.#newId = newId;
    this.#scroll = scroll;
    this.#say = say;
    this.#copy = `${key}:${tab()}`;
    for (const message of JSON.parse(sessionStorage.getItem(key) ?? "[]")) {
      this.#show(message);
    }
    if (!composer.busy) {
      this.hold();
    }
    this.#adopt();
  }

  /** A lock tells for each tab whether it lives: what others have left is taken over, by one page only. */
  #adopt() {
    const { locks } = navigator;
    locks?.request(this.#copy, () => new Promise(() => {}));
    for (const left of Object.keys(localStorage)) {
      if (left.startsWith(`${this.#key}:`) && left !== this.#copy) {
        locks?.request(left, { ifAvailable: true }, (lock) => {
          for (const message of JSON.parse((lock && localStorage.getItem(left)) ?? "[]")) {
            this.#show({ ...message, isHeld: true });
          }
          if (lock) {
            this.#keep();
            localStorage.removeItem(left);
          }
        });
      }
    }
  }

  add(text) {
    const message = { id: this.#newId(), text };
    this.#show(message);
    this.#keep();
    if (this.#composer.busy) {
      this.#say(gettext("Queued. Your message is sent when this reply is done."));
    } else {
      // The reply ended while this module was on its way.
      this.#send(this.#waiting.at(-1));
    }
  }

  /** A reply has ended: `finish` says how. */
  ended(finish) {
    const isWhole = ["stop", "length"].includes(finish);
    const next = this.#next ?? (isWhole && this.#waiting.find(({ isHeld }) => !isHeld));
    this.#next = null;
    if (next) {
      this.#send(next);
    } else if (!isWhole) {
      this.hold();
    }
  }

  /** From now on those that are here wait for the reader instead of for a reply. */
  hold() {
    for (const waiting of this.#waiting) {
      waiting.isHeld = true;
      waiting.article.dataset.held = "";
    }
    this.#keep();
  }

  #show(message) {
    const article = this.#template.content.firstElementChild.cloneNode(true);
    const waiting = { ...message, article };
    article.toggleAttribute("data-held", Boolean(message.isHeld));
    article.querySelector(".message-text").textContent = message.text;
    article.addEventListener("click", ({ target }) => {
      const act = target.closest("[data-act]")?.dataset.act;
      if (act === "edit-queued") {
        this.#remove(waiting);
        this.#composer.restore(message.text);
      } else if (act === "cancel-queued") {
        this.#remove(waiting);
        this.#composer.rest();
      } else if (act === "send-queued") {
        this.#composer.rest();
        this.#hurry(waiting);
      }
    });
    this.#waiting.push(waiting);
    this.#place.append(article);
    this.#scroll.toEnd();
  }

  #hurry(waiting) {
    if (this.#composer.busy) {
      this.#next = waiting;
      this.#talk.stop();
    } else {
      this.#send(waiting);
    }
  }

  #send(waiting) {
    this.#composer.explain("");
    this.#remove(waiting);
    this.#talk.send(waiting.text, waiting.id);
  }

  #remove(waiting) {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    this.#next = this.#next === waiting ? null : this.#next;
    waiting.article.remove();
    this.#keep();
  }

  #keep() {
    const messages = this.#waiting.map(({ id, text, isHeld }) => ({ id, text, isHeld }));
    for (const [storage, key] of [[sessionStorage, this.#key], [localStorage, this.#copy]]) {
      try {
        if (messages.length) {
          storage.setItem(key, JSON.stringify(messages));
        } else {
          storage.removeItem(key);
        }
      } catch {
        // The browser gives no more room; they wait in this page all the same.
      }
    }
  }
}

function tab() {
  const known = sessionStorage.getItem("tab") ?? Math.random().toString(36);
  try {
    sessionStorage.setItem("tab", known);
  } catch {
    // No more room: the next page of this tab is another one to the others.
  }
  return known;
}
