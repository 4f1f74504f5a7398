const NEAR = 48;

/** Keeps the newest text in view until the reader scrolls up, and again once they are back at the end. */
export class Scroll {
  #scroller;
  #button;
  #content;
  #pinned = false;
  #last = 0;

  constructor(scroller, content, button) {
    this.#scroller = scroller;
    this.#content = content;
    this.#button = button;
    scroller.addEventListener("scroll", () => this.#moved(), { passive: true });
    button.addEventListener("click", () => {
      this.toEnd();
      scroller.focus({ preventScroll: true });
    });
    const observer = new ResizeObserver(() => this.#grown());
    observer.observe(content);
    observer.observe(scroller);
  }

  toEnd() {
    this.#pinned = true;
    this.#grown();
  }

  /** What the address of the page names; who uses the keyboard goes on from there. */
  toMessage(article) {
    article.tabIndex = -1;
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block: "start" });
  }

  /** Runs a change above the text that is being read, and keeps that text where it is. */
  hold(change) {
    const below = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    change();
    this.#scroller.scrollTop = this.#scroller.scrollHeight - below;
  }

  #grown() {
    // Not away from what is just being put into other words.
    if (this.#pinned && !this.#isTypedIn) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
      // Before anybody is told of it, a reader may scroll up from here.
      this.#last = this.#scroller.scrollTop;
    }
    this.#show();
  }

  #moved() {
    const { scrollTop } = this.#scroller;
    // Only upwards counts: text that grows between our scrolling and this event moves the end away, not the reader.
    if (scrollTop < this.#last - 2) {
      this.#pinned = false;
    }
    if (this.#distance() < NEAR && scrollTop >= this.#last) {
      this.#pinned = true;
    }
    this.#last = scrollTop;
    this.#show();
  }

  #show() {
    const isEmpty = !this.#content.firstElementChild;
    this.#button.hidden = isEmpty || this.#isTypedIn || this.#pinned || this.#distance() < NEAR;
  }

  get #isTypedIn() {
    return Boolean(this.#content.querySelector("form:focus-within"));
  }

  #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }
}
