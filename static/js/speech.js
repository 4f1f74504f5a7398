import { sentencesOf, textOf } from "./announcer.js";
import { gettext } from "./gettext.js";

const PIECE = /\S.{0,198}\S(?!\S)|\S{1,200}/gu;
const SCRIPTS = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ["zh", /\p{Script=Han}/u],
  ["ko", /\p{Script=Hangul}/u],
  ["ru", /\p{Script=Cyrillic}{3}/u],
  ["el", /\p{Script=Greek}{3}/u],
  ["ar", /\p{Script=Arabic}/u],
  ["he", /\p{Script=Hebrew}/u],
  ["hi", /\p{Script=Devanagari}/u],
  ["th", /\p{Script=Thai}/u],
];

let speaking = null;

/** Reads a reply aloud, or stops where it is being read. */
export function readAloud(button, body) {
  const isThis = speaking?.button === button;
  speaking?.stop();
  if (!isThis) {
    speaking = new Speaking(button, body);
  }
}

class Speaking {
  #name;

  constructor(button, body) {
    this.button = button;
    this.#name = button.getAttribute("aria-label");
    show(button, true, gettext("Stop reading"));
    const sentences = pieces(textOf(body));
    const language = languageOf(body.textContent);
    for (const [at, sentence] of sentences.entries()) {
      const utterance = new SpeechSynthesisUtterance(sentence);
      utterance.lang = language;
      if (at === sentences.length - 1) {
        utterance.addEventListener("end", () => this.stop());
      }
      utterance.addEventListener("error", () => this.stop());
      speechSynthesis.speak(utterance);
    }
    addEventListener("pagehide", () => this.stop());
  }

  stop() {
    if (speaking === this) {
      speaking = null;
      show(this.button, false, this.#name);
      speechSynthesis.cancel();
    }
  }
}

/** Short enough for Chrome, which falls silent in what takes it longer than 15 seconds. */
function pieces(text) {
  return sentencesOf(text).flatMap((sentence) => sentence.trim().match(PIECE) ?? []);
}

/** As its letters tell, or the reader's own. */
function languageOf(text) {
  const [language] = SCRIPTS.find(([, script]) => script.test(text)) ?? [navigator.language];
  return navigator.languages.find((known) => known.startsWith(language)) ?? language;
}

/** What is spoken goes into the box where the cursor is, until the button is pressed again or silence ends it. */
export function dictate(button, box, explain) {
  if (button.dataset.stop) {
    button.dispatchEvent(new Event("stop"));
    return;
  }
  const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;
  const recognition = new Recognition();
  let shown = box.value;
  const [before, after] = [box.value.slice(0, box.selectionStart), box.value.slice(box.selectionEnd)];
  Object.assign(recognition, { lang: navigator.language, continuous: true, interimResults: true });
  recognition.addEventListener("result", ({ results }) => {
    if (box.value !== shown) {
      // It was sent, or somebody types.
      recognition.abort();
      return;
    }
    const spoken = Array.from(results, ([best]) => best.transcript).join("").trim();
    const gap = /\S$/.test(before) ? " " : "";
    box.value = shown = `${before}${gap}${spoken}${after}`;
    box.setSelectionRange(box.value.length - after.length, box.value.length - after.length);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  recognition.addEventListener("error", ({ error }) => explain(REASONS[error] ?? ""));
  recognition.addEventListener("end", () => {
    delete button.dataset.stop;
    button.removeEventListener("stop", stop);
    show(button, false, gettext("Dictate"));
    box.focus();
  });
  const stop = () => recognition.stop();
  button.addEventListener("stop", stop);
  button.dataset.stop = "true";
  show(button, true, gettext("Stop dictating"));
  explain("");
  recognition.start();
}

const REASONS = {
  "not-allowed": gettext("Your browser does not allow this site to use the microphone. You can change that in its settings for this site."),
  "service-not-allowed": gettext("Your browser does not allow dictation here."),
  "audio-capture": gettext("No microphone was found."),
  network: gettext("The browser's dictation service cannot be reached."),
};

function show(button, isOn, name) {
  button.toggleAttribute("data-on", isOn);
  button.setAttribute("aria-label", name);
  button.title = isOn ? name : button.dataset.title;
}
