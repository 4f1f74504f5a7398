import { gettext } from "./gettext.js";

const MILLISECONDS = 10000;

/**
 * Deletes, and for a while offers to take it back. `acts`: `remove(ids)` and `back(ids)` ask the site; `gone(ids)` is
 * told what is deleted and returns what may take the focus, `returned(ids)` what is back; `say(sentence)` speaks.
 */
export class Undo {
  #place;
  #template;
  #acts;

  constructor(place, template, acts) {
    this.#place = place;
    this.#template = template;
    this.#acts = acts;
    for (const toast of place.querySelectorAll(".toast")) {
      this.#offer(toast, Number(toast.dataset.seconds) * 1000);
      this.#announce(toast);
    }
  }

  /** May throw. `what` is a title, or how many conversations; whoever uses the keyboard is led to the button. */
  async remove(ids, what, byKey) {
    await this.#acts.remove(ids);
    const next = this.#acts.gone(ids);
    const toast = this.#template.content.firstElementChild.cloneNode(true);
    toast.elements.conversations.value = ids.join();
    toast.querySelector("strong").textContent = what;
    toast.querySelector("span").textContent = ids.length > 1 ? gettext("were deleted.") : gettext("was deleted.");
    this.#place.append(toast);
    this.#announce(toast);
    this.#offer(toast, MILLISECONDS, next);
    (byKey ? toast.querySelector("button") : next)?.focus();
  }

  /** A sentence of which nothing is to be done. */
  explain(sentence) {
    const toast = this.#template.content.firstElementChild.cloneNode(true);
    toast.querySelector("p").textContent = sentence;
    toast.querySelector("button").remove();
    this.#place.append(toast);
    this.#acts.say(sentence);
    this.#leaveAfter(toast, MILLISECONDS);
  }

  #announce(toast) {
    this.#acts.say(`${toast.querySelector("p").textContent.trim()} ${gettext("You can undo it.")}`);
  }

  #offer(toast, milliseconds, next = null) {
    toast.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#takeBack(toast);
    });
    toast.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        this.#close(toast, next);
      }
    });
    setTimeout(() => this.#expire(toast, next), milliseconds);
  }

  async #takeBack(toast) {
    const button = toast.querySelector("button");
    const ids = toast.elements.conversations.value.split(",");
    button.disabled = true;
    try {
      await this.#acts.back(ids);
    } catch (error) {
      toast.querySelector("p").textContent =
        error.status === 404 ? gettext("It was too late: this is deleted for good.") : error.message;
      button.disabled = false;
      button.hidden = error.status === 404;
      return;
    }
    toast.remove();
    this.#acts.say(gettext("It is back."));
    await this.#acts.returned(ids);
  }

  /** Where somebody is still at it, it stays, and says what is true. */
  #expire(toast, next) {
    const button = toast.querySelector("button");
    if (button.disabled) {
      return;
    }
    const focused = toast.contains(document.activeElement);
    if (isLookedAt(toast)) {
      toast.querySelector("p").append(` ${gettext("It cannot be undone any more.")}`);
      toast.tabIndex = -1;
      focused && toast.focus();
      button.hidden = true;
    }
    this.#leaveAfter(toast, 0, next);
  }

  /** Not while somebody points at it or has the focus in it. */
  #leaveAfter(toast, milliseconds, next) {
    setTimeout(() => {
      isLookedAt(toast) ? this.#leaveAfter(toast, 1000, next) : this.#close(toast, next);
    }, milliseconds);
  }

  #close(toast, next) {
    const focused = toast.contains(document.activeElement);
    toast.remove();
    if (focused && next?.isConnected) {
      next.focus();
    }
  }
}

function isLookedAt(toast) {
  return toast.matches(":hover, :focus-within");
}
