import { ApiError, changesSince, ConversationApi, fragment, newId, saveSettings } from "./api.js";
import { Changes, Follower } from "./changes.js";
import { Composer, Draft } from "./composer.js";
import { furnish } from "./frame.js";
import { copy, Messages } from "./messages.js";
import { Options } from "./options.js";
import { forgetAtLogout, Notices, offerSpeech, showTime, showTimes, switchThemes, tellTimezone } from "./preferences.js";
import { Scroll } from "./scroll.js";
import { Sidebar } from "./sidebar.js";
import { follow } from "./stream.js";
import { Talk } from "./talk.js";

const chat = document.getElementById("chat");
const part = (name) => chat.querySelector(`[data-part="${name}"]`);
const template = (name) => document.getElementById(`${name}-template`);
const isVisible = () => document.visibilityState === "visible";

/** The open conversation, as the page shows it. */
class Page {
  id = chat.dataset.conversation;
  url = chat.dataset.url;
  leaf = chat.dataset.leaf;
  known = "known" in chat.dataset;
  /** When the newest answer that is shown ended, as the server says; null while only this page knows. */
  answered = chat.dataset.answered;
  /** The newest reply anywhere in the conversation; it may be on another branch. */
  newest = null;
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

/** What is made of a module when it is wanted for the first time, null when it cannot be had; `begun` once it was. */
function once(load, make) {
  const get = () => (get.begun ??= load().then(make, () => (get.begun = null)));
  return get;
}

function open() {
  const page = new Page();
  const queueKey = `queue:${chat.dataset.user}:${page.id}`;
  const api = new ConversationApi(page.url);
  const log = part("messages");
  const announcer = once(() => import("./announcer.js"), ({ Announcer }) => new Announcer(part("status"), chat.dataset));
  const say = (sentence) => announcer().then((announcer) => announcer?.say(sentence));
  const templates = { question: template("question"), reply: template("reply") };
  let acts;
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
    {
      draft: new Draft(chat.dataset.user, page.known ? page.id : "new"),
      send: (text) => talk.send(text),
      queue: (text) => queue().then((queue) => (queue ? queue.add(text) : composer.restore(text))),
      stop: () => talk.stop(),
      edit: () => [...log.querySelectorAll(".question [data-act=edit]")].at(-1),
    },
  );
  const queue = once(
    () => import("./queue.js"),
    ({ Queue }) => new Queue(part("queue"), template("queued"), queueKey, { composer, talk, newId, scroll, say }),
  );
  const on = {
    begun: (reply) => {
      const held = reply.body.cloneNode(true);
      say(`${reply.model} is replying.`);
      announcer().then((announcer) => announcer?.follow(reply.body, held));
    },
    refused: () => {
      announcer().then((announcer) => announcer?.end(""));
      queue.begun?.then((queue) => queue?.hold());
    },
    started: (answering) => spread({ id: page.id, url: page.url, title: page.title, answering, said: true }),
    ended,
    titled: (title) => changes.tell({ id: page.id, title }),
  };
  const talk = new Talk(page, api, { messages, composer, sidebar, scroll, say, on }, { follow, newId });
  const changes = new Changes(chat.dataset.since, {
    ask: async (cursor) => {
      const news = await changesSince(chat.dataset.changes, cursor);
      if (news.user !== chat.dataset.user) {
        // Another account has signed in with this browser: this page is nobody's to follow.
        throw new ApiError(401);
      }
      return news;
    },
    hear,
    watched: () => isVisible() && document.hasFocus(),
    channel: new BroadcastChannel(`chatsite:${chat.dataset.user}`),
  });
  const notices = new Notices({
    question: part("notify"),
    sentence: part("notify-sentence"),
    yes: part("notify-yes"),
    no: part("notify-no"),
    choice: part("notify-choice"),
  });
  furnish(chat, part, (keys) => import("./shortcuts.js").then(({ act }) => act(keys, chat)));
  new Options(
    part("rows"),
    {
      menu: part("options"),
      rename: part("rename"),
      renameTitle: part("rename").querySelector("input"),
      renameError: part("rename-error"),
      export: part("export"),
      exportTitle: part("export-title"),
      delete: part("delete"),
      deleteTitle: part("delete-title"),
      deleteError: part("delete-error"),
    },
    {
      title: (id) => sidebar.title(id),
      exportUrl: (id, kind) => apiOf(id).exportUrl(kind),
      rename: (id, title) => rename(id, title),
      remove: (id) => remove(id),
    },
  );

  const follower = new Follower(page, talk, {
    isVisible,
    read: () => api.read().then(() => spread({ id: page.id, unread: false })),
    leave: () => {
      const kept = composer.isEmpty ? "" : " Your text is kept.";
      sidebar.remove(page.id);
      composer.close(`This conversation was deleted in another tab or on another device.${kept}`, {
        href: chat.dataset.new,
        textContent: "Begin a new one",
      });
    },
  });

  /** What this page knows first goes to the sidebar and to the other tabs. */
  function spread(row) {
    sidebar.update(row);
    changes.tell(row);
  }

  function hear({ refresh, conversations }) {
    for (const row of conversations) {
      const isOpen = row.id === page.id;
      row.deleted ? sidebar.remove(row.id) : sidebar.update(isOpen && isVisible() ? { ...row, unread: false } : row);
      if (isOpen) {
        page.title = row.title;
        follower.hear(row);
      }
    }
    if (refresh) {
      sidebar.refresh().catch(() => {});
      follower.doubt();
    }
    follower.look();
  }

  function ended(reply, sentence) {
    const isSeen = isVisible();
    const { article, body } = messages.reply(reply) ?? {};
    announcer().then((announcer) => announcer?.end(sentence, body));
    queue.begun?.then((queue) => queue?.ended(article?.dataset.finish));
    spread({ id: page.id, answering: null, newest_reply: reply, unread: !isSeen });
    follower.ended(reply);
    if (!isSeen) {
      notices.ended({ id: page.id, title: page.title || chat.dataset.site, open: () => focus() });
    }
  }

  function lookAgain() {
    if (isVisible()) {
      if (notices.ask()) {
        say("You can be told when a reply is done.");
      }
      follower.look();
      changes.now();
    }
  }

  const apiOf = (id) => new ConversationApi(`${chat.dataset.list}${id}/`);

  async function rename(id, title) {
    await apiOf(id).rename(title);
    sidebar.rename(id, title);
    changes.tell({ id, title });
    if (id === page.id) {
      page.title = title;
    }
  }

  async function remove(id) {
    await apiOf(id).delete();
    changes.tell({ id, deleted: true });
    if (id === page.id) {
      location.assign(chat.dataset.new);
    }
    return sidebar.remove(id);
  }

  async function textFor(act, article, button) {
    switch (act) {
      case "copy-code":
        return button.closest(".code").querySelector("pre").textContent;
      case "copy-question":
        return article.querySelector(".message-text").textContent;
      default:
        return api.text(article.dataset.message);
    }
  }

  /** What is not needed to read and to write is loaded when it is. */
  async function withActs(use) {
    try {
      const { Acts } = await import("./acts.js");
      acts ??= new Acts(
        {
          more: part("more"),
          details: part("details"),
          list: part("details-list"),
          editor: template("editor"),
          comment: template("comment"),
        },
        {
          api,
          talk,
          say,
          newId,
          showTimes,
          explain: (sentence) => composer.explain(sentence),
          go: (id) => location.assign(`${chat.dataset.list}${id}/`),
        },
      );
      await use(acts);
    } catch (error) {
      composer.explain(error.message);
    }
  }

  async function showOlder(link) {
    const html = await fragment(link.href);
    scroll.hold(() => messages.prepend(link, html));
    showTimes(log);
  }

  log.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act], .older, .code-copy");
    const article = button?.closest("article");
    const act = button?.dataset.act ?? (button?.matches(".code-copy") ? "copy-code" : "");
    if (act.startsWith("copy")) {
      copy(textFor(act, article, button), button)
        .then(() => say("Copied."))
        .catch((error) => composer.explain(error.message));
    } else if (act === "speak") {
      import("./speech.js").then(({ readAloud }) => readAloud(button, article.querySelector("[data-part=body]")));
    } else if ((act === "retry" || act === "regenerate") && !composer.busy) {
      composer.explain("");
      talk.again(article);
    } else if (act === "continue" && !composer.busy) {
      composer.explain("");
      talk.goOn(article);
    } else if (button?.matches(".older")) {
      event.preventDefault();
      showOlder(button).catch((error) => composer.explain(error.message));
    } else if (["edit", "good", "bad", "more"].includes(act)) {
      withActs((acts) => acts.do(act, article, button));
    }
  });
  log.addEventListener("submit", (event) => {
    if (event.target.matches(".versions") && !composer.busy) {
      event.preventDefault();
      withActs((acts) => acts.show(event.submitter.value));
    }
  });
  for (const starter of chat.querySelectorAll("[data-part=starter]")) {
    starter.addEventListener("submit", (event) => {
      event.preventDefault();
      composer.submit(starter.elements.text.value);
    });
  }
  part("dictate").addEventListener("click", ({ currentTarget: button }) => {
    import("./speech.js").then(({ dictate }) => dictate(button, part("text"), (sentence) => composer.explain(sentence)));
  });
  // A page out of the browser's memory shows what was, not what is.
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

  document.addEventListener("visibilitychange", lookAgain);
  addEventListener("focus", () => changes.now());
  addEventListener("online", () => changes.now());

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
  sessionStorage.getItem(queueKey) && queue();
  offerSpeech(chat);
}

switchThemes(document, chat && ((appearance) => saveSettings(chat.dataset.settings, { appearance })));
forgetAtLogout(document);
if (chat) {
  open();
}
