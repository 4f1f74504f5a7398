import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const html = (lang, catalog) => ({
  documentElement: { lang },
  getElementById: () => catalog && { textContent: JSON.stringify(catalog) },
});

/** The module as a page of this language has it. */
async function on(document) {
  globalThis.document = document;
  try {
    return await import(`../../static/js/gettext.js?${Math.random()}`);
  } finally {
    delete globalThis.document;
  }
}

test("English needs no catalog, and neither does a module without a page", async () => {
  for (const page of [undefined, html("en", null)]) {
    const { gettext, interpolate, language, ngettext } = await on(page);
    assert.equal(language.slice(0, 2), "en");
    assert.equal(gettext("Copied."), "Copied.");
    const hits = (count) => interpolate(ngettext("%(count)s hit", "%(count)s hits", count), { count });
    assert.deepEqual([0, 1, 2].map(hits), ["0 hits", "1 hit", "2 hits"]);
  }
});

test("a text is said as the catalog has it, or in English where it has not", async () => {
  const { gettext, language } = await on(html("de", { "Copied.": "Kopiert." }));
  assert.equal(language, "de");
  assert.deepEqual(["Copied.", "Stopped."].map(gettext), ["Kopiert.", "Stopped."]);
});

test("each language counts in its own way", async () => {
  const forms = (lang, catalog) =>
    on(html(lang, catalog)).then(({ ngettext }) => [0, 1, 2].map((count) => ngettext("hit", "hits", count)));
  assert.deepEqual(await forms("de", { hit: ["eins", "mehr"] }), ["mehr", "eins", "mehr"]);
  assert.deepEqual(await forms("fr", { hit: ["un", "plus"] }), ["un", "un", "plus"]);
  assert.deepEqual(await forms("zh-hans", { hit: ["个"] }), ["个", "个", "个"]);
});

test("values are put where they are named, and nothing in them is read again", async () => {
  const { interpolate } = await on(undefined);
  assert.equal(interpolate("%(b)s of %(a)s", { a: "%(b)s", b: 2 }), "2 of %(b)s");
});

test("large numbers are said in few letters, as the server says them", async () => {
  const numbers = JSON.parse(await readFile(new URL("numbers.json", import.meta.url)));
  for (const [lang, said] of Object.entries(numbers)) {
    const { short } = await on(html(lang, null));
    assert.deepEqual(Object.fromEntries(Object.keys(said).map((count) => [count, short(Number(count))])), said);
  }
});
