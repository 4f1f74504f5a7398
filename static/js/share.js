import { gettext } from "./gettext.js";
import { copy } from "./page.js";

/** The dialog in which a conversation is shared. `tools`: `apiOf(id)`, `title(id)`, `say(sentence)`. */
export class Sharing {
  #dialog;
  #tools;
  #id = null;
  #opener = null;

  constructor(dialog, tools) {
    this.#dialog = dialog;
    this.#tools = tools;
    this.#act("cancel").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.addEventListener("close", () => this.#opener?.focus());
    this.#act("stop").addEventListener("click", () => this.#set(false));
    this.#part("url").addEventListener("focus", ({ target }) => target.select());
    this.#act("copy").addEventListener("click", ({ currentTarget: button }) =>
      copy(Promise.resolve(this.#part("url").value), button)
        .then(() => tools.say(gettext("Copied.")))
        .catch((error) => this.#explain(error)),
    );
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#set(true);
    });
  }

  /** May throw. */
  async open(id, opener) {
    const state = await this.#tools.apiOf(id).sharing();
    this.#id = id;
    this.#opener = opener;
    this.#part("title").textContent = this.#tools.title(id) || gettext("Untitled chat");
    this.#show(state);
    this.#dialog.showModal();
  }

  async #set(on) {
    const buttons = this.#dialog.querySelectorAll("button");
    buttons.forEach((button) => (button.disabled = true));
    try {
      this.#show(await this.#tools.apiOf(this.#id).share(on));
      this.#tools.say(on ? gettext("Shared.") : gettext("Not shared any more."));
    } catch (error) {
      this.#explain(error);
    } finally {
      buttons.forEach((button) => (button.disabled = false));
    }
    // What had the focus may be gone.
    (on ? this.#act("copy") : this.#act("create")).focus();
  }

  #show({ url, said_since: saidSince }) {
    this.#part("error").textContent = "";
    this.#part("url").value = url ?? "";
    this.#part("off").hidden = Boolean(url);
    this.#part("on").hidden = !url;
    this.#act("stop").hidden = !url;
    this.#act("create").hidden = Boolean(url);
    this.#act("update").hidden = !saidSince;
  }

  #explain(error) {
    this.#part("error").textContent = error.message;
  }

  #part(name) {
    return this.#dialog.querySelector(`[data-part=share-${name}]`);
  }

  #act(name) {
    return this.#dialog.querySelector(`[data-act=${name}]`);
  }
}
