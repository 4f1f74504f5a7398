/** What is said to the reader, in their language; the page brings what this needs for it, and nothing where it is English. */
const page = globalThis.document;
const catalog = JSON.parse(page?.getElementById("catalog")?.textContent ?? "{}");

const spoken = page?.documentElement.lang || "en";

/** For what the browser writes by itself, such as numbers and dates: the page's, as the reader's country has it. */
export const language = globalThis.navigator?.languages?.find((known) => isSame(known, spoken)) ?? spoken;

export function gettext(text) {
  return catalog[text] ?? text;
}

/** The form that goes with a count; a language has one, two or more. */
export function ngettext(one, many, count) {
  const [singular, ...others] = catalog[one] ?? [one, many];
  const isOne = new Intl.PluralRules(language).select(count) === "one";
  return isOne ? singular : (others.at(-1) ?? singular);
}

/** Puts values where a text names them: `%(name)s`. */
export function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
}

/** A large number as it is said: 8.2K, 131K. `short` in conversations/page.py says it in the same words. */
export function short(count) {
  const [size, letter] = [[1e6, "M"], [1e3, "K"]].find(([size]) => count >= size) ?? [1, ""];
  const digits = count / size < 100 && letter ? 1 : 0;
  return new Intl.NumberFormat(spoken, { maximumFractionDigits: digits, useGrouping: false }).format(count / size) + letter;
}

const hour = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });

/** Writes a time as the reader's clock and calendar have it. */
export function showTime(time, now = new Date()) {
  const date = time.dateTime ? new Date(time.dateTime) : now;
  const today = date.toDateString() === now.toDateString();
  time.dateTime = date.toISOString();
  time.textContent = today ? hour.format(date) : `${day.format(date)}, ${hour.format(date)}`;
  time.title = whole.format(date);
}

export function showTimes(root) {
  root.querySelectorAll("time").forEach((time) => showTime(time));
}

function isSame(one, other) {
  return one.split("-")[0] === other.split("-")[0];
}
