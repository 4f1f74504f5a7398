import { ConversationApi, fragment, newId } from "./api.js";
import { Composer } from "./composer.js";
import { Drawer } from "./drawer.js";
import { copy, Messages } from "./messages.js";
import { Options } from "./options.js";
import { showTime, showTimes, switchThemes, tellTimezone } from "./preferences.js";
import { Scroll } from "./scroll.js";
import { Sidebar } from "./sidebar.js";
import { follow } from "./stream.js";
import { Talk } from "./talk.js";

const chat = document.getElementById("chat");
const part = (name) => chat.querySelector(`[data-part="${name}"]`);
const template = (name) => document.getElementById(`${name}-template`);

/** The open conversation, as the page shows it. */
class Page {
  id = chat.dataset.conversation;
  url = chat.dataset.url;
  leaf = chat.dataset.leaf;
  known = "known" in chat.dataset;
  #title = chat.dataset.title;

  get title() {
    return this.#title;
  }

  set title(title) {
    if (title) {
      this.#title = part("title").textContent = title;
      document.title = `${title} · ${chat.dataset.site}`;
    }
  }

  get login() {
    const next = encodeURIComponent(location.pathname);
    return { href: `${chat.dataset.login}?next=${next}`, textContent: "Log in" };
  }

  /** The first words are on their way. */
  begin() {
    part("start")?.toggleAttribute("hidden", true);
  }

  /** They were refused. */
  undo() {
    part("start")?.toggleAttribute("hidden", this.known);
  }

  /** The server has the conversation now. */
  settle(url) {
    this.known = true;
    history.replaceState(null, "", url);
  }
}

function open() {
  const page = new Page();
  const api = new ConversationApi(page.url);
  const log = part("messages");
  const say = (sentence) => {
    part("status").textContent = sentence;
  };
  const templates = { question: template("question"), reply: template("reply") };
  const messages = new Messages(log, templates, (time) => showTime(time));
  const scroll = new Scroll(part("scroller"), log, part("jump"));
  const sidebar = new Sidebar(part("rows"), template("row"), {
    current: page.id,
    more: (cursor) => fragment(`${chat.dataset.list}?after=${encodeURIComponent(cursor)}`),
  });
  const composer = new Composer(
    part("composer"),
    {
      text: part("text"),
      send: part("send"),
      stop: part("stop"),
      error: part("error"),
      count: part("count"),
      rest: part("scroller"),
    },
    { draft: page.known ? page.id : "new", send: (text) => talk.send(text), stop: () => talk.stop() },
  );
  const talk = new Talk(page, api, { messages, composer, sidebar, scroll, say }, { follow, newId });
  new Drawer(chat, {
    open: part("open-drawer"),
    close: part("close-drawer"),
    sidebar: part("sidebar"),
    talk: part("talk"),
    veil: part("veil"),
  });
  new Options(
    part("rows"),
    {
      menu: part("options"),
      rename: part("rename"),
      renameTitle: part("rename").querySelector("input"),
      renameError: part("rename-error"),
      delete: part("delete"),
      deleteTitle: part("delete-title"),
      deleteError: part("delete-error"),
    },
    {
      title: (id) => sidebar.title(id),
      rename: (id, title) => rename(id, title),
      remove: (id) => remove(id),
    },
  );

  async function rename(id, title) {
    await new ConversationApi(sidebar.url(id)).rename(title);
    sidebar.rename(id, title);
    if (id === page.id) {
      page.title = title;
    }
  }

  async function remove(id) {
    await new ConversationApi(sidebar.url(id)).delete();
    if (id === page.id) {
      location.assign(chat.dataset.new);
    }
    return sidebar.remove(id);
  }

  async function showOlder(link) {
    const html = await fragment(link.href);
    scroll.hold(() => messages.prepend(link, html));
    showTimes(log);
  }

  log.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act], .older");
    const article = button?.closest("article");
    const act = button?.dataset.act;
    if (act === "copy") {
      copy(api.text(article.dataset.message), button)
        .then(() => say("Copied."))
        .catch((error) => composer.explain(error.message));
    } else if ((act === "retry" || act === "regenerate") && !composer.busy) {
      composer.explain("");
      talk.again(article);
    } else if (act === "continue" && !composer.busy) {
      composer.explain("");
      talk.goOn(article);
    } else if (button?.matches(".older")) {
      event.preventDefault();
      showOlder(button).catch((error) => composer.explain(error.message));
    }
  });
  for (const starter of chat.querySelectorAll("[data-part=starter]")) {
    starter.addEventListener("submit", (event) => {
      event.preventDefault();
      composer.submit(starter.elements.text.value);
    });
  }
  const account = part("account");
  const closeAccount = () => account.removeAttribute("open");
  document.addEventListener("click", ({ target }) => account.contains(target) || closeAccount());
  account.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && account.open) {
      event.preventDefault();
      closeAccount();
      account.querySelector("summary").focus();
    }
  });
  // A page out of the browser's memory shows what was, not what is.
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

  showTimes(log);
  if (log.firstElementChild) {
    scroll.toEnd();
  }
  if (tellTimezone()) {
    sidebar.refresh().catch(() => {});
  }
  if (chat.dataset.running) {
    talk.join(chat.dataset.running);
  }
}

switchThemes(document);
if (chat) {
  open();
}
