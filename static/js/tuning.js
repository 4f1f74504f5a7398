import { gettext } from "./gettext.js";

/**
 * The dialog with the settings of the open conversation. `load()` brings the fields as a piece of a page; `save(values)` may
 * throw, with the `errors` of fields.
 */
export class Tuning {
  #dialog;
  #form;
  #fields;
  #error;
  #acts;

  constructor(part, acts) {
    this.#dialog = part("tuning");
    this.#form = this.#dialog.querySelector("form");
    this.#fields = part("tuning-fields");
    this.#error = part("tuning-error");
    this.#acts = acts;
    this.#form.addEventListener("submit", (event) => this.#save(event));
    this.#dialog.addEventListener("click", ({ target }) => {
      if (target === this.#dialog || target.closest("[data-act=cancel]")) {
        this.#dialog.close();
      }
    });
  }

  /** `wished`: values that no server knows yet. */
  async open(wished = {}) {
    this.#fields.innerHTML = await this.#acts.load();
    this.#error.textContent = "";
    for (const [name, value] of Object.entries(wished)) {
      if (this.#form.elements[name]) {
        this.#form.elements[name].value = value;
      }
    }
    this.#dialog.showModal();
    this.#form.elements[0]?.focus();
  }

  async #save(event) {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(this.#form));
    this.#show({});
    try {
      await this.#acts.save(values);
      this.#dialog.close();
    } catch (error) {
      this.#show(error.errors ?? {});
      this.#error.textContent = Object.keys(error.errors ?? {}).length ? gettext("Correct what is marked.") : error.message;
      this.#form.querySelector("[aria-invalid=true]")?.focus();
    }
  }

  #show(errors) {
    this.#error.textContent = "";
    this.#fields.querySelectorAll(".tuning-error").forEach((old) => old.remove());
    for (const field of this.#fields.querySelectorAll("[data-field]")) {
      const input = field.querySelector("input, textarea");
      const sentence = (errors[field.dataset.field] ?? []).join(" ");
      const id = `${input.id}_error`;
      const notes = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((note) => note && note !== id);
      input.toggleAttribute("aria-invalid", false);
      input.classList.toggle("is-invalid", Boolean(sentence));
      if (sentence) {
        const note = document.createElement("p");
        Object.assign(note, { id, className: "invalid-feedback tuning-error", textContent: sentence });
        input.parentElement.append(note);
        input.setAttribute("aria-invalid", "true");
        notes.unshift(id);
      }
      input.setAttribute("aria-describedby", notes.join(" "));
    }
  }
}
