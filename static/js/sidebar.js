import { gettext, interpolate } from "./gettext.js";

const PINNED = { key: "Pinned", label: gettext("Pinned") };
const TODAY = { key: "Today", label: gettext("Today") };

/** The list of conversations. `more(cursor)` brings the HTML of the rows after it, or the first ones for "". */
export class Sidebar {
  #rows;
  #template;
  #more;
  #next = "";
  #current;
  #observer;

  constructor(rows, template, { current, more }) {
    this.#rows = rows;
    this.#template = template;
    this.#current = current;
    this.#more = more;
    this.#observer = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && this.#load(), {
      root: rows,
      rootMargin: "400px",
    });
    this.#settle();
  }

  /** A new conversation at the top of Today. */
  add({ id, url, title = "" }) {
    if (this.row(id)) {
      return;
    }
    const row = this.#template.content.firstElementChild.cloneNode(true);
    row.dataset.conversation = id;
    row.querySelector("a").href = url;
    row.querySelector("a").setAttribute("aria-describedby", `row-${id}`);
    row.querySelector(".row-mark").id = `row-${id}`;
    row.classList.add("row-enter");
    this.#today().prepend(row);
    if (title) {
      this.rename(id, title);
    }
    this.#mark();
  }

  /** What is known of a conversation by now; what a row leaves out stays as it is. `said`: something just was. */
  update({ id, url, title, updated_at: updated, answering, unread, pinned, archived, tags, said = false }) {
    if (archived) {
      this.remove(id);
      return;
    }
    if (url && !this.row(id) && (said || pinned || this.#isNew(updated))) {
      if (pinned || !(said || this.#isNewest(updated))) {
        // It was pinned, taken out of the archive or out of the bin: it has a place of its own.
        this.refresh().catch(() => {});
        return;
      }
      this.add({ id, url });
    }
    const row = this.row(id);
    if (!row) {
      return;
    }
    row.dataset.tags = tags?.join(", ") ?? row.dataset.tags;
    if (pinned !== undefined && pinned !== row.hasAttribute("data-pinned")) {
      this.#pin(row, pinned);
    }
    if (title) {
      this.rename(id, title);
    }
    if (said || new Date(updated) > new Date(row.dataset.updated)) {
      this.raise(id);
    }
    row.dataset.updated = updated ?? row.dataset.updated;
    for (const [name, is] of Object.entries({ answering, unread })) {
      if (is !== undefined) {
        row.toggleAttribute(`data-${name}`, Boolean(is));
      }
    }
  }

  rename(id, title) {
    const row = this.row(id);
    if (row) {
      write(row, title);
    }
  }

  /** Empty while it has none. */
  title(id) {
    const title = this.row(id)?.querySelector("a").textContent ?? "";
    return title === this.#template.content.querySelector("a").textContent ? "" : title;
  }

  /** Something was said in it: it becomes the newest. */
  raise(id) {
    const row = this.row(id);
    const place = row && this.#group(row.hasAttribute("data-pinned") ? PINNED : TODAY);
    if (row && row !== place.firstElementChild) {
      this.#move(row, place);
    }
  }

  #move(row, place) {
    const group = row.closest(".group");
    row.classList.remove("row-enter");
    holdFocus(() => place.prepend(row));
    dropIfEmpty(group);
  }

  #pin(row, pinned) {
    row.toggleAttribute("data-pinned", pinned);
    if (pinned) {
      this.#move(row, this.#group(PINNED));
    }
    // Where it stands among the others only the site knows.
    this.refresh(!pinned).catch(() => {});
  }

  /** Returns the link that takes its place, if there is one. */
  remove(id) {
    const row = this.row(id);
    const near = row?.nextElementSibling ?? row?.previousElementSibling;
    const group = row?.closest(".group");
    row?.remove();
    dropIfEmpty(group);
    return (near ?? this.#rows.querySelector(".row"))?.querySelector("a");
  }

  /** The first rows again: their days may have changed, or their titles. Those below them stay, or are loaded again. */
  async refresh(whole = false) {
    const template = document.createElement("template");
    template.innerHTML = await this.#more("");
    const fresh = [...template.content.querySelectorAll(".row")];
    const shown = [...this.#rows.querySelectorAll(".row")];
    const open = this.row(this.#current);
    const known = new Map(shown.map((row) => [row.dataset.conversation, row]));
    const below = shown.indexOf(known.get(fresh.at(-1)?.dataset.conversation)) + 1;
    const { next = "" } = template.content.firstElementChild.dataset;
    const reaches = !whole && below > 0 && next;
    const old = reaches ? shown.slice(0, below) : shown;
    if ((reaches || next === this.#next) && places(old) === places(fresh)) {
      // A row that stays where it is keeps a key that is held down on it, and a pointer.
      fresh.forEach((row, index) => adopt(old[index], row));
      return;
    }
    holdFocus(() => {
      for (const row of old) {
        const group = row.closest(".group");
        row.remove();
        dropIfEmpty(group);
      }
      for (const row of fresh.filter(({ dataset }) => known.has(dataset.conversation))) {
        row.replaceWith(adopt(known.get(row.dataset.conversation), row));
      }
      reaches ? this.#rows.prepend(template.content) : this.#rows.replaceChildren(template.content);
      this.#settle();
      // It may have begun after the server wrote the list.
      if (open && !open.dataset.updated && !this.row(this.#current)) {
        this.#today().prepend(open);
      }
    });
  }

  async #load() {
    const cursor = this.#next;
    if (!cursor) {
      return;
    }
    this.#next = "";
    try {
      this.#rows.insertAdjacentHTML("beforeend", await this.#more(cursor));
      this.#settle();
    } catch {
      this.#next = cursor;
    }
  }

  /** Joins what was just added with what was there: one heading for each label, one row for each conversation. */
  #settle() {
    const pages = this.#rows.querySelectorAll(".page");
    const [first, last] = [pages[0], pages[pages.length - 1]];
    this.#next = last?.dataset.next ?? "";
    if (last !== first) {
      const shown = new Set(Array.from(first.querySelectorAll(".row"), (row) => row.dataset.conversation));
      for (const row of last.querySelectorAll(".row")) {
        if (shown.has(row.dataset.conversation)) {
          row.remove();
        }
      }
      for (const group of [...last.children]) {
        const same = Array.from(first.children).find(({ dataset }) => dataset.group === group.dataset.group);
        if (same) {
          same.querySelector("ul").append(...group.querySelectorAll("li"));
        } else {
          first.append(group);
        }
        dropIfEmpty(group);
      }
      last.remove();
    }
    for (const group of this.#rows.querySelectorAll(".group")) {
      dropIfEmpty(group);
    }
    this.#mark();
    this.#observer.disconnect();
    if (this.#next && first.lastElementChild) {
      this.#observer.observe(first.querySelector(".group:last-child li:last-child"));
    }
  }

  #today() {
    return this.#group(TODAY);
  }

  /** The list under a label at the top: what is pinned, or what is of today. */
  #group({ key, label }) {
    const page = this.#rows.querySelector(".page");
    let group = page.querySelector(`[data-group="${key}"]`);
    if (!group) {
      group = Object.assign(document.createElement("section"), { className: "group" });
      group.dataset.group = key;
      const heading = Object.assign(document.createElement("h2"), { className: "group-label", textContent: label });
      group.append(heading, document.createElement("ul"));
      const pinned = page.querySelector('[data-group="Pinned"]');
      pinned ? pinned.after(group) : page.prepend(group);
    }
    return group.querySelector("ul");
  }

  #mark() {
    for (const link of this.#rows.querySelectorAll(".row-link")) {
      const open = link.parentElement.dataset.conversation === this.#current;
      open ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
    }
  }

  /** Not merely one that is further down than what has been loaded. */
  #isNew(updated) {
    const last = [...this.#rows.querySelectorAll(".row")].at(-1);
    return Boolean(updated) && (!this.#next || new Date(updated) > new Date(last?.dataset.updated));
  }

  #isNewest(updated) {
    const first = this.#rows.querySelector(".row:not([data-pinned])");
    return !first || new Date(updated) > new Date(first.dataset.updated);
  }

  row(id) {
    return this.#rows.querySelector(`.row[data-conversation="${CSS.escape(id)}"]`);
  }
}

function write(row, title) {
  const link = row.querySelector("a");
  link.textContent = link.title = title;
  row.querySelector("button").setAttribute("aria-label", interpolate(gettext("Conversation options: %(title)s"), { title }));
}

function places(rows) {
  return rows.map((row) => `${row.closest(".group").dataset.group} ${row.dataset.conversation}`).join();
}

/** The row on the page, with what the server says about it now. */
function adopt(row, fresh) {
  row.classList.remove("row-enter");
  write(row, fresh.querySelector("a").textContent);
  for (const name of ["data-updated", "data-answering", "data-unread", "data-pinned", "data-tags"]) {
    fresh.hasAttribute(name) ? row.setAttribute(name, fresh.getAttribute(name)) : row.removeAttribute(name);
  }
  return row;
}

/** What moves within the page loses the focus. */
function holdFocus(move) {
  const focused = document.activeElement;
  move();
  if (focused?.isConnected && focused !== document.activeElement) {
    focused.focus({ preventScroll: true });
  }
}

function dropIfEmpty(group) {
  if (group && !group.querySelector("li")) {
    group.remove();
  }
}
