import { gettext, interpolate, language, ngettext, short } from "./gettext.js";

const SEARCH_FROM = 2;
/** A server may have thousands, and each key in the search draws them anew. */
const SHOWN = 200;

/**
 * The dialog in which a model is chosen. `list()` brings the models; `choose(id, name)`, `like(id, on)` and `prefer(id)` do
 * what was wished, and may throw.
 */
export class Picker {
  #dialog;
  #search;
  #list;
  #status;
  #usual;
  #acts;
  #chosen;
  /** A model may be among those used last and in the list of its server. */
  #isMarked = false;
  #found = { models: [], recent: [], favourites: [], default: "" };

  constructor(part, acts) {
    this.#dialog = part("picker");
    this.#search = this.#dialog.querySelector("input");
    this.#list = part("picker-list");
    this.#status = part("picker-status");
    this.#usual = part("picker-usual");
    this.#acts = acts;
    this.#search.addEventListener("input", () => this.#draw());
    this.#dialog.addEventListener("keydown", (event) => this.#steer(event));
    this.#dialog.addEventListener("click", (event) => this.#clicked(event));
    this.#usual.addEventListener("click", () => this.#prefer());
  }

  async open(chosen) {
    this.#chosen = chosen;
    this.#search.value = "";
    this.#list.textContent = gettext("Asking the servers…");
    this.#usual.hidden = true;
    this.#dialog.showModal();
    this.#search.focus();
    try {
      this.#found = await this.#acts.list();
      this.#drawAround(document.activeElement);
    } catch (error) {
      this.#list.textContent = error.message;
    }
  }

  /** Who has gone down into an older list meanwhile stays where they are. */
  #drawAround(focused) {
    const isInside = this.#list.contains(focused);
    this.#draw();
    this.#list.querySelector("[aria-current=true]")?.scrollIntoView({ block: "center" });
    if (isInside) {
      const same = [...this.#list.querySelectorAll("[data-model]")].find((option) => option.dataset.model === focused.dataset.model);
      (same ?? this.#search).focus();
    }
  }

  #draw() {
    const { models, recent, favourites } = this.#found;
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (model) => words.every((word) => searched(model).includes(word));
    const byId = new Map(models.map((model) => [model.id, model]));
    const named = (ids) => ids.map((id) => byId.get(id)).filter((model) => model && fits(model));
    const groups = [];
    if (models.length > SEARCH_FROM) {
      groups.push([gettext("Favourites"), named(favourites)]);
      groups.push([gettext("Used last"), named(recent.filter((id) => !favourites.includes(id)))]);
    }
    for (const model of models.filter(fits)) {
      const server = model.server || (model.id === "guide" ? gettext("Built in") : gettext("This site"));
      const group = groups.find(([name]) => name === server) ?? groups[groups.push([server, []]) - 1];
      group[1].push(model);
    }
    this.#isMarked = false;
    let room = SHOWN;
    const shown = groups.map(([name, members]) => {
      const first = members.slice(0, room);
      room -= first.length;
      return [name, first];
    }).filter(([, members]) => members.length);
    this.#list.replaceChildren(...shown.map(([name, members], n) => this.#group(name, members, n)));
    const left = groups.flatMap(([, members]) => members).length - (SHOWN - room);
    if (left) {
      const sentence = ngettext("%(count)s more: search for it.", "%(count)s more: search for them.", left);
      this.#list.append(element("p", { class: "picker-note" }, interpolate(sentence, { count: left })));
    }
    const count = models.filter(fits).length;
    if (!count) {
      this.#list.textContent = models.length ? gettext("No model is called that.") : gettext("No server offers a model now.");
    }
    const sentence = ngettext("%(count)s model", "%(count)s models", count);
    this.#status.textContent = words.length ? interpolate(sentence, { count }) : "";
    this.#offerUsual();
  }

  #group(name, models, n) {
    const heading = element("h3", { id: `picker-group-${n}` }, name);
    const list = element("ul", { "aria-labelledby": heading.id });
    list.append(...models.map((model) => this.#row(model)));
    const group = element("div", { class: "picker-group" });
    group.append(heading, list);
    return group;
  }

  #row(model) {
    const row = element("li", {});
    const isLiked = this.#found.favourites.includes(model.id);
    const line = element("div", { class: "picker-row" });
    const label = interpolate(gettext("Favourite: %(model)s"), { model: model.id });
    const star = element("button", {
      type: "button", class: "icon-button picker-star", "aria-pressed": String(isLiked), "aria-label": label, "data-like": model.id,
    });
    star.append(icon(isLiked ? "star-full" : "star"));
    line.append(this.#option(model.id, model.name, about(model)), star);
    row.append(line);
    if (model.providers.length) {
      row.append(this.#providers(model));
    }
    return row;
  }

  #option(id, name, note) {
    const option = element("button", { type: "button", class: "picker-option", "data-model": id, "data-name": name });
    if (id === this.#chosen && !this.#isMarked) {
      this.#isMarked = true;
      option.setAttribute("aria-current", "true");
    }
    option.append(element("span", { class: "picker-name" }, name), element("span", { class: "picker-note" }, note));
    return option;
  }

  #providers(model) {
    const details = element("details", { class: "picker-providers" });
    const count = model.providers.length;
    const sentence = ngettext("%(count)s provider", "%(count)s providers", count);
    details.append(element("summary", {}, interpolate(sentence, { count })));
    if (this.#chosen?.startsWith(`${model.id}:`)) {
      details.append(this.#choices(model));
      details.open = Boolean(details.querySelector("[aria-current]"));
    } else {
      details.addEventListener("toggle", () => details.append(this.#choices(model)), { once: true });
    }
    return details;
  }

  #choices(model) {
    const count = model.providers.length;
    const list = element("ul", { "aria-label": interpolate(gettext("Providers of %(model)s"), { model: model.name }) });
    const policies = count > 1 ? [["fastest", gettext("The fastest")], ["cheapest", gettext("The cheapest")]] : [];
    const choices = [...policies.map(([key, name]) => [key, name, ""]), ...model.providers.map((one) => [one.name, one.name, terms(one)])];
    for (const [key, name, note] of choices) {
      const item = element("li", {});
      const option = this.#option(`${model.id}:${key}`, name, note);
      option.dataset.name = `${model.name}:${key}`;
      item.append(option);
      list.append(item);
    }
    return list;
  }

  async #clicked({ target }) {
    const option = target.closest("[data-model]");
    const star = target.closest("[data-like]");
    if (target === this.#dialog) {
      this.#dialog.close();
    } else if (option) {
      await this.#try(async () => {
        await this.#acts.choose(option.dataset.model, option.dataset.name);
        this.#dialog.close();
      });
    } else if (star) {
      await this.#like(star.dataset.like);
    }
  }

  async #like(id) {
    const on = !this.#found.favourites.includes(id);
    await this.#try(async () => {
      await this.#acts.like(id, on);
      const others = this.#found.favourites.filter((other) => other !== id);
      this.#found.favourites = on ? [id, ...others] : others;
      this.#draw();
      this.#list.querySelector(`[data-like="${CSS.escape(id)}"]`)?.focus();
    });
  }

  /** For new chats, the model of this one. */
  #offerUsual() {
    const model = this.#found.models.find(({ id }) => id === this.#chosen);
    this.#usual.hidden = !model || this.#chosen === this.#found.default;
    this.#usual.textContent = interpolate(gettext("Use %(model)s for new chats"), { model: model?.name });
  }

  #prefer() {
    return this.#try(async () => {
      await this.#acts.prefer(this.#chosen);
      this.#found.default = this.#chosen;
      this.#usual.hidden = true;
      this.#search.focus();
      this.#status.textContent = gettext("Saved.");
    });
  }

  async #try(act) {
    try {
      await act();
    } catch (error) {
      this.#list.prepend(element("p", { class: "picker-error", role: "alert" }, error.message));
    }
  }

  /** The arrows go from the search to the models and from one to the next. */
  #steer(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const options = [...this.#list.querySelectorAll(".picker-option")].filter((option) => option.checkVisibility());
    if (event.key === "Enter" && event.target === this.#search && options.length) {
      event.preventDefault();
      options[0].click();
    } else if (step && options.length) {
      event.preventDefault();
      const at = options.indexOf(document.activeElement);
      (options[at + step] ?? (step < 0 ? this.#search : options.at(-1))).focus();
    }
  }
}

function searched({ id, name, server, providers }) {
  return [id, name, server, ...providers.map((one) => one.name)].join(" ").toLowerCase();
}

function about(model) {
  const notes = model.name === model.id ? [] : [model.id];
  if (model.context_length) {
    notes.push(interpolate(gettext("%(count)s tokens"), { count: short(model.context_length) }));
  }
  const priced = model.providers.filter((one) => one.input_price !== null && one.output_price !== null);
  if (priced.length) {
    const best = priced.reduce((one, other) => (other.output_price < one.output_price ? other : one));
    notes.push(price(best));
  }
  if (model.modalities.includes("image")) {
    notes.push(gettext("sees images"));
  }
  return notes.join(" · ");
}

function terms(provider) {
  const notes = [];
  if (provider.context_length) {
    notes.push(interpolate(gettext("%(count)s tokens"), { count: short(provider.context_length) }));
  }
  if (provider.input_price !== null && provider.output_price !== null) {
    notes.push(price(provider));
  }
  return notes.join(" · ");
}

/** US dollars for a million tokens. */
function price({ input_price: input, output_price: output }) {
  const dollars = new Intl.NumberFormat(language, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", maximumFractionDigits: 3 });
  const sentence = gettext("%(input)s in, %(output)s out per million");
  return interpolate(sentence, { input: dollars.format(input), output: dollars.format(output) });
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

function element(name, attributes, text = "") {
  const made = document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  made.textContent = text;
  return made;
}
