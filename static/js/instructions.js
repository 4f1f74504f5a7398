import { saveSettings } from "./api.js";
import { gettext } from "./gettext.js";

/** A browser may not send more than that while the page goes away. */
const LONG = 5000;
const form = document.querySelector("[data-part=settings]");
const unsaved = new Map();
let saving = Promise.resolve();

for (const setting of form.querySelectorAll("[data-text]")) {
  const text = setting.querySelector("textarea");
  const status = setting.querySelector("[role=status]");
  const error = setting.querySelector("[role=alert]");
  let sent = text.defaultValue;
  const send = async (value) => {
    try {
      await saveSettings(form.action, { [text.name]: value });
      if (text.value === value) {
        unsaved.delete(text);
        status.textContent = gettext("Saved.");
      }
    } catch (problem) {
      // What was typed stays: it is long, and nowhere else.
      sent = null;
      error.textContent = problem.message;
      text.setAttribute("aria-invalid", "true");
    }
  };
  const save = () => {
    const { value } = text;
    if (value !== sent) {
      sent = value;
      error.textContent = "";
      text.removeAttribute("aria-invalid");
      // One after the other, so that the last version is the newest.
      saving = saving.then(() => send(value));
    }
  };
  text.addEventListener("input", () => {
    unsaved.set(text, save);
    status.textContent = "";
  });
  text.addEventListener("change", save);
}

document.addEventListener("visibilitychange", () => {
  document.hidden && unsaved.forEach((save) => save());
});

addEventListener("beforeunload", (event) => {
  const texts = [...unsaved.keys()];
  texts.some(({ value, ariaInvalid }) => ariaInvalid || value.length > LONG) && event.preventDefault();
});
