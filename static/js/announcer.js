import { gettext, language } from "./gettext.js";

const PAUSE = 2000;
const WORD = /[\p{L}\p{N}]/u;
const LINES = "p, li, ul, ol, tr, table, blockquote, h3, h4, h5, h6, div, section, hr, dt, dd";
const SILENT = "svg, button, .code-bar, [hidden], [aria-hidden=true]";

/**
 * Speaks in a live region: sentences of the page, and those of a reply as soon as each of them is whole, or only that the
 * reply is done. A new text comes at most every two seconds, or readers who listen would hear the half of each.
 */
export class Announcer {
  #region;
  #readsAlong;
  #reading = null;
  #waiting = [];
  #timer = null;

  /** `announcements`: "done" for who does not want to hear the sentences of replies. */
  constructor(region, { announcements }) {
    this.#region = region;
    this.#readsAlong = announcements !== "done";
  }

  /** A sentence of the page, after what has been read so far. */
  say(sentence) {
    this.#waiting.push({ sentence, joins: false });
    this.#speak();
  }

  /** A reply is being written in `body`; what it `held` before, an element with the same blocks, is not read. */
  follow(body, held) {
    this.#reading?.stop();
    this.#reading = this.#readsAlong ? new Reading(body, held, () => this.#speak()) : null;
  }

  /** It is over, and stands in `body`: the rest of it is read, then a sentence about how it ended. */
  end(sentence, body) {
    for (const last of this.#reading?.end(body) ?? []) {
      this.#waiting.push({ sentence: last, joins: true });
    }
    this.#reading = null;
    this.say(sentence);
  }

  #speak() {
    if (this.#timer) {
      return;
    }
    for (const sentence of this.#reading?.whole() ?? []) {
      this.#waiting.push({ sentence, joins: true });
    }
    const next = this.#waiting.shift();
    if (!next) {
      return;
    }
    const spoken = [next.sentence];
    while (next.joins && this.#waiting[0]?.joins) {
      spoken.push(this.#waiting.shift().sentence);
    }
    this.#region.textContent = spoken.join(" ");
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#speak();
    }, PAUSE);
  }
}

/** How far a reply has been read. Blocks are drawn again while they grow, so only what is said in them counts. */
class Reading {
  #body;
  #observer;
  /** For each block how many letters and digits have been read. */
  #read;
  /** The blocks before this one have been read to their end. */
  #open = 0;

  constructor(body, held, grown) {
    this.#body = body;
    this.#read = Array.from(held.children, (block) => letters(textOf(block)));
    this.#observer = new MutationObserver(grown);
    this.#observer.observe(body, { childList: true, subtree: true, characterData: true });
  }

  stop() {
    this.#observer.disconnect();
  }

  end(body) {
    this.stop();
    this.#body = body ?? this.#body;
    return this.#sentences(false);
  }

  /** The sentences that have become whole since. */
  whole() {
    return this.#sentences(true);
  }

  #sentences(isGrowing) {
    const last = this.#body.children.length - 1;
    const found = Array.from(this.#body.children).slice(this.#open).flatMap((block, at) => {
      const n = this.#open + at;
      // Or what ends the block would pass for its last sentence.
      const text = textOf(block).trimEnd();
      const sentences = sentencesOf(text.slice(placeAfter(text, this.#read[n] ?? 0)));
      if (isGrowing && n === last) {
        // Another word may still belong to it.
        sentences.pop();
      }
      this.#read[n] = (this.#read[n] ?? 0) + letters(sentences.join(""));
      return sentences.map((sentence) => sentence.replace(/\s+/g, " ").trim());
    });
    this.#open = Math.max(last, 0);
    return found.filter((sentence) => WORD.test(sentence));
  }
}

/** What a block says, a line for each paragraph, item and row; code is only named. */
export function textOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    return node.textContent.replace(/\s+/g, " ");
  }
  if (node.matches("annotation")) {
    return "";
  }
  if (node.matches(".code, pre")) {
    return `\n${gettext("Code block.")}\n`;
  }
  if (node.matches(SILENT)) {
    return "";
  }
  const inner = Array.from(node.childNodes, textOf).join("");
  if (node.matches("td, th")) {
    return `${inner}, `;
  }
  return node.matches(LINES) ? `\n${inner.replace(/, $/, "")}\n` : inner;
}

export function sentencesOf(text) {
  if (!globalThis.Intl?.Segmenter) {
    return text.split(/(?<=[.!?。！？…]\s|\n)/u);
  }
  const segmenter = new Intl.Segmenter(language, { granularity: "sentence" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function letters(text) {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}

/** The place in a text after so many letters and the marks that end their sentence. */
function placeAfter(text, count) {
  let place = 0;
  for (const character of text) {
    if (count === 0) {
      break;
    }
    count -= WORD.test(character) ? 1 : 0;
    place += character.length;
  }
  return place && place + text.slice(place).match(/^[^\s\p{L}\p{N}]*/u)[0].length;
}
