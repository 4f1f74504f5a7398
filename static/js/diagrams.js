import { gettext } from "./gettext.js";

const LONGEST = 50000;
const SMALLEST = 40;
const TALLEST = 2000;
const PATIENCE = 20000;
/** Each frame is a page of its own; so many may live at once. */
const MOST_FRAMES = 20;
const dark = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme === "auto" ? dark.matches : theme === "dark";
}

/**
 * Code blocks that say they are Mermaid, drawn once they are complete and near to what is read.
 *
 * All that is added lies in a shadow tree, so that for everybody else a reply's HTML stays what the server sent.
 */
export class Diagrams {
  #log;
  #scroll;
  #url;
  #near;
  #diagrams = new Map();
  #turn = Promise.resolve();
  /** How high a drawing became; drawn anew, it has its place from the start. */
  #heights = new Map();

  /** `scroll.hold(change)` changes what is above the text that is read. */
  constructor(log, scroller, scroll, { dataset }) {
    this.#log = log;
    this.#scroll = (box, change) =>
      box.getBoundingClientRect().bottom < scroller.getBoundingClientRect().top ? scroll.hold(change) : change();
    this.#url = dataset.diagram;
    this.#near = new IntersectionObserver((seen) => seen.forEach((entry) => this.#seen(entry)), {
      root: scroller,
      rootMargin: "600px 0px",
    });
    const options = { childList: true, subtree: true, attributeFilter: ["aria-busy"] };
    new MutationObserver(() => this.#look()).observe(log, options);
    const repaint = () => this.#diagrams.forEach((diagram) => diagram.paint());
    new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    dark.addEventListener("change", repaint);
    this.#look();
  }

  #look() {
    for (const [box, diagram] of this.#diagrams) {
      if (!box.isConnected) {
        this.#near.unobserve(box);
        diagram.rest();
        this.#diagrams.delete(box);
      }
    }
    for (const code of this.#log.getElementsByClassName("language-mermaid")) {
      const box = code.closest(".code");
      if (box && !this.#diagrams.has(box) && isComplete(code)) {
        this.#diagrams.set(box, new Diagram(box, code.textContent, this.#url, this.#heights, this.#scroll));
        this.#near.observe(box);
      }
    }
  }

  #seen({ target, isIntersecting }) {
    const diagram = this.#diagrams.get(target);
    if (!diagram) {
      return;
    }
    diagram.isNear = isIntersecting;
    if (isIntersecting) {
      // One after the other, so that the page stays at hand.
      this.#turn = this.#turn.then(() => diagram.isNear && diagram.draw());
      const alive = [...this.#diagrams.values()].filter(({ isAlive }) => isAlive);
      alive.filter(({ isNear }) => !isNear).slice(0, Math.max(0, alive.length - MOST_FRAMES)).forEach((far) => far.rest());
    }
  }
}

/** A reply that is being written may still add to its last block. */
function isComplete(code) {
  const isWritten = code.closest("article")?.getAttribute("aria-busy") === "true";
  return !isWritten || Boolean(code.closest(".block")?.nextElementSibling);
}

class Diagram {
  isNear = false;
  #source;
  #url;
  #heights;
  #shift;
  #parts;
  #frame = null;
  #failed = false;
  #leave = () => {};

  constructor(box, source, url, heights, shift) {
    this.#source = source;
    this.#url = url;
    this.#heights = heights;
    this.#shift = (change) => shift(box, change);
    const shadow = box.shadowRoot ?? box.attachShadow({ mode: "open", slotAssignment: "manual" });
    const [bar, code] = [made("slot"), made("slot")];
    const drawing = made("div", { part: "drawing", hidden: true });
    const button = made("button", { part: "switch", type: "button", hidden: true });
    const failure = made("p", { part: "failure", hidden: true });
    shadow.replaceChildren(bar, button, code, drawing, failure);
    bar.assign(box.querySelector(".code-bar"));
    code.assign(box.querySelector("pre"));
    this.#parts = { code, drawing, button, failure };
    button.addEventListener("click", () => this.#show(drawing.hidden));
  }

  get isAlive() {
    return Boolean(this.#frame);
  }

  async draw() {
    if (this.#frame || this.#failed) {
      return;
    }
    if (this.#source.length > LONGEST) {
      this.#fail();
      return;
    }
    const { drawing } = this.#parts;
    const height = this.#heights.get(this.#source);
    if (height && drawing.hidden && this.#parts.button.hidden) {
      drawing.style.height = `${height}px`;
      this.#show(true);
    }
    await this.#load();
  }

  paint() {
    this.#frame?.contentWindow?.postMessage({ source: this.#source, isDark: isDark(), tallest: TALLEST }, "*");
  }

  /** The frame goes; its place stays. */
  rest() {
    this.#leave();
    this.#frame?.remove();
    this.#frame = null;
  }

  #drawn({ height, isDark }) {
    const { drawing, button } = this.#parts;
    // Paper is light, and there is no time to draw it anew for it.
    this.#frame?.part.toggle("dark", Boolean(isDark));
    const high = Math.min(Math.max(Number(height) || 0, SMALLEST), TALLEST);
    this.#heights.set(this.#source, high);
    if (button.hidden || drawing.style.height !== `${high}px`) {
      this.#shift(() => {
        drawing.style.height = `${high}px`;
        if (button.hidden) {
          this.#show(true);
        }
      });
    }
  }

  /** Until it is drawn for the first time. The frame has no origin, so it is known by its window. */
  #load() {
    const { drawing, button } = this.#parts;
    const frame = made("iframe", { part: "frame", title: gettext("Diagram") });
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = this.#url;
    this.#frame = frame;
    if (button.hidden) {
      // Not yet to be seen, but as wide as it will be.
      drawing.hidden = false;
      drawing.style.height = "0";
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#fail(), PATIENCE);
      const hear = ({ source, data }) => {
        if (source !== frame.contentWindow) {
          return;
        }
        if (data.ready) {
          this.paint();
          return;
        }
        clearTimeout(timer);
        data.failed ? this.#fail() : this.#drawn(data);
        resolve();
      };
      this.#leave = () => {
        clearTimeout(timer);
        removeEventListener("message", hear);
        resolve();
      };
      addEventListener("message", hear);
      drawing.append(frame);
    });
  }

  #show(drawn) {
    const { code, drawing, button } = this.#parts;
    drawing.hidden = !drawn;
    code.hidden = drawn;
    button.hidden = false;
    button.textContent = drawn ? gettext("Show code") : gettext("Show diagram");
  }

  #fail() {
    const { code, drawing, button, failure } = this.#parts;
    this.#failed = true;
    this.rest();
    this.#shift(() => {
      code.hidden = failure.hidden = false;
      drawing.hidden = button.hidden = true;
      failure.textContent = gettext("This diagram could not be drawn.");
    });
  }
}

function made(name, { part, ...properties } = {}) {
  const element = Object.assign(document.createElement(name), properties);
  if (part) {
    element.setAttribute("part", part);
  }
  return element;
}
