/** What is said to the reader, in their language: the page brings what this needs for it, and nothing where it is English. */
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

function isSame(one, other) {
  return one.split("-")[0] === other.split("-")[0];
}
