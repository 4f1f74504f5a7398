import { gettext, interpolate } from "./gettext.js";
import { Picker } from "./picker.js";
import { Tuning } from "./tuning.js";

/** Who answers in the open conversation, and how. Until it has begun, its wishes wait in the page. */
export class Choosing {
  #page;
  #part;
  #tools;
  #picker;
  #tuning;
  #button;

  /**
   * `tools`: `json(url)`, `fragment(url)`, `send(url, data)`, `say(sentence)`, where the `settings` are, and the template of a
   * `reply`.
   */
  constructor(page, part, tools) {
    this.#page = page;
    this.#part = part;
    this.#tools = tools;
    this.#button = part("model");
    const { url, favourite } = part("picker").dataset;
    this.#picker = new Picker(part, {
      list: () => tools.json(url),
      choose: (id, name) => this.#choose(id, name),
      like: (model, on) => tools.send(favourite, { model, on: String(on) }),
      prefer: (model) => tools.send(tools.settings, { model }),
    });
    this.#tuning = new Tuning(part, {
      load: () => {
        const { model } = this.#button.dataset;
        return tools.fragment(`${this.#url}?part&${new URLSearchParams({ model, preset: page.wishes.preset ?? "" })}`);
      },
      save: (values) => this.#save(values),
    });
  }

  pick() {
    return this.#picker.open(this.#button.dataset.model);
  }

  tune() {
    return this.#tuning.open(this.#page.known ? {} : this.#page.wishes.settings);
  }

  get #url() {
    return this.#page.known ? `${this.#page.url}settings/` : this.#button.dataset.new;
  }

  async #choose(model, name) {
    if (this.#page.known) {
      await this.#tools.send(this.#url, { model });
    }
    this.#page.wishes.model = model;
    this.#button.dataset.model = model;
    this.#part("model-name").textContent = name;
    // What is asked from now on is answered under that name.
    this.#tools.reply.content.querySelector("[data-part=model]").textContent = name;
    this.#part("hint").textContent =
      model === "guide"
        ? gettext("The built-in guide answers here, from its own pages.")
        : gettext("Models make mistakes. Check what matters.");
    this.#part("notice")?.remove();
    this.#tools.say(interpolate(gettext("%(model)s answers from now on."), { model: name }));
  }

  async #save(values) {
    await this.#tools.send(this.#url, values);
    if (!this.#page.known) {
      this.#page.wishes.settings = values;
    }
    this.#tools.say(gettext("Saved."));
  }
}
