import { ApiError, changesSince, ConversationApi, fragment, json, newId, onSeveral, prompts, saveSettings, send } from "./api.js";
import { Changes, Follower } from "./changes.js";
import { Composer } from "./composer.js";
import { gettext, interpolate, showTime, showTimes } from "./gettext.js";
import { Messages } from "./messages.js";
import { chat, copy, furnish, heed, heedRows, isVisible, onCommand, onDiagram, Page, part, template } from "./page.js";
import { Draft, forgetAtLogout, keepOfflinePage, Notices, offerSpeech, switchThemes, tellTimezone } from "./preferences.js";
import { Scroll } from "./scroll.js";
import { Sidebar } from "./sidebar.js";
import { follow } from "./stream.js";
import { Talk } from "./talk.js";

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
  const messages = new Messages(log, templates, (time) => showTime(time));
  const scroll = new Scroll(part("scroller"), log, part("jump"));
  const sidebar = new Sidebar(part("rows"), template("row"), {
    current: page.id,
    more: (cursor) => fragment(`${chat.dataset.list}?after=${encodeURIComponent(cursor)}`),
  });
  const composer = new Composer(
    part("composer"),
    part,
    {
      draft: new Draft(chat.dataset.user, page.known ? page.id : "new"),
      send: (text) => talk.send(text),
      queue: (text) => use(queue, (queue) => queue.add(text), () => composer.restore(text)),
      stop: () => talk.stop(),
      edit: () => [...log.querySelectorAll(".question [data-act=edit]")].at(-1),
    },
  );
  const queue = once(
    () => import("./queue.js"),
    ({ Queue }) => new Queue(part("queue"), template("queued"), queueKey, { composer, talk, newId, scroll, say }),
  );
  // What is not needed to read and to write is loaded when it is.
  const waiting = once(() => import("./waiting.js"), ({ tellWaiting }) => tellWaiting);
  const context = once(() => import("./context.js"), ({ showContext }) => showContext);
  const speech = once(() => import("./speech.js"), (module) => module);
  const organizer = once(
    () => import("./organizer.js"),
    ({ Organizer }) =>
      new Organizer(
        { chat, part, template, page },
        { apiOf, onSeveral, sidebar, tell: (row, refresh) => changes.tell(row, refresh), say },
      ),
  );
  const acts = once(
    () => import("./acts.js"),
    ({ Acts }) =>
      new Acts(
        { part, template },
        {
          api,
          talk,
          say,
          newId,
          showTimes,
          draft: (name) => new Draft(chat.dataset.user, name),
          explain: (sentence) => composer.explain(sentence),
          closed: () => follower.look(),
          tell: (news, refresh) => changes.tell({ id: page.id, ...news }, refresh),
          go: (id) => location.assign(`${chat.dataset.list}${id}/`),
        },
      ),
  );
  const use = async (wanted, how, otherwise = () => {}) => {
    try {
      // What was on its way when the page was told to stop can be had now.
      const module = (await wanted()) ?? (await wanted());
      if (!module) {
        throw new ApiError(0);
      }
      await how(module);
    } catch (error) {
      otherwise();
      composer.explain(error.message);
    }
  };
  const on = {
    begun: (reply) => {
      const held = reply.body.cloneNode(true);
      say(interpolate(gettext("%(model)s is replying."), { model: reply.model }));
      announcer().then((announcer) => announcer?.follow(reply.body, held));
      setTimeout(() => reply.isAwaited && waiting().then((tell) => tell?.(reply.article, say)), 1000);
    },
    refused: () => {
      announcer().then((announcer) => announcer?.end(""));
      queue.begun?.then((queue) => queue?.hold());
    },
    started: (answering) =>
      spread({ id: page.id, url: page.url, title: page.title, answering, said: true, archived: page.archived }),
    ended,
    shown: (data, article) => context().then((show) => show?.(log, part("meter"), article, data)),
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
  const notices = new Notices(part);
  const shortcuts = once(() => import("./shortcuts.js"), ({ act }) => act);
  furnish(chat, part, (keys) => use(shortcuts, (act) => act(keys, chat)));
  const follower = new Follower(page, talk, {
    isVisible,
    read: () => api.read().then(() => spread({ id: page.id, unread: false })),
    leave: () => {
      const kept = composer.isEmpty ? "" : ` ${gettext("Your text is kept.")}`;
      sidebar.remove(page.id);
      composer.close(`${gettext("This conversation was deleted in another tab or on another device.")}${kept}`, {
        href: chat.dataset.new,
        textContent: gettext("Begin a new one"),
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
        follower.isGone && !row.deleted ? returned().catch(() => {}) : follower.hear(row);
        organized(row);
        row.rated && use(acts, (acts) => acts.rated(row.rated));
      }
    }
    if (refresh) {
      sidebar.refresh().catch(() => {});
      follower.isGone ? returned().catch(() => {}) : follower.doubt();
    }
    talk.settle();
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
        say(gettext("You can be told when a reply is done."));
      }
      follower.look();
      changes.now();
    }
  }

  const apiOf = (id) => new ConversationApi(`${chat.dataset.list}${id}/`);

  /** The open conversation was archived, or tagged, here or elsewhere. */
  function organized(row) {
    const news = [row.archived ?? page.archived, row.tags?.join(", ") ?? chat.dataset.tags].join();
    if (news !== [page.archived, chat.dataset.tags].join()) {
      use(organizer, (organizer) => organizer.show(row));
    }
  }

  /** It was deleted, and maybe it is back. */
  async function returned() {
    await api.newest();
    composer.sent(page.id);
    location.reload();
  }

  async function showOlder(link) {
    const html = await fragment(link.href);
    scroll.hold(() => messages.prepend(link, html));
    showTimes(log);
  }

  const put = (text, button) =>
    copy(text, button).then(() => say(gettext("Copied.")), (error) => composer.explain(error.message));
  const ask = (how) => {
    if (!composer.busy) {
      composer.explain("");
      how();
    }
  };
  const act = (name) => (article, button) => use(acts, (acts) => acts.do(name, article, button));
  for (const near of ["pointerover", "focusin"]) {
    part("rows").addEventListener(near, () => organizer(), { once: true });
  }
  heedRows(part("rows"), {
    options: (button) => use(organizer, (organizer) => organizer.open(button)),
    rename: (row) => use(organizer, (organizer) => organizer.edit(row)),
  });
  heed(log, {
    copy: (article, button) => put(api.text(article.dataset.message), button),
    "copy-question": (article, button) => put(Promise.resolve(article.querySelector(".message-text").textContent), button),
    "copy-code": (_, button) => put(Promise.resolve(button.closest(".code").querySelector("pre").textContent), button),
    speak: (article, button) => use(speech, (it) => it.readAloud(button, article.querySelector("[data-part=body]"))),
    retry: (article) => ask(() => talk.again(article)),
    regenerate: (article) => ask(() => talk.again(article)),
    continue: (article) => ask(() => talk.goOn(article)),
    choose: () => use(choosing, (choosing) => choosing.pick()),
    edit: act("edit"),
    good: act("good"),
    bad: act("bad"),
    more: act("more"),
    older: (link) => showOlder(link).catch((error) => composer.explain(error.message)),
    version: (id) => !composer.busy && Boolean(use(acts, (acts) => acts.show(id))),
  });
  for (const starter of chat.querySelectorAll("[data-part=starter]")) {
    starter.addEventListener("submit", (event) => {
      event.preventDefault();
      composer.submit(starter.elements.text.value);
    });
  }
  const choosing = once(
    () => import("./choosing.js"),
    ({ Choosing }) => new Choosing(page, part, { json, fragment, send, say, settings: chat.dataset.settings, reply: templates.reply }),
  );
  part("model").addEventListener("click", () => use(choosing, (choosing) => choosing.pick()));
  part("tune").addEventListener("click", () => use(choosing, (choosing) => choosing.tune()));
  part("dictate").addEventListener("click", ({ currentTarget: button }) => {
    use(speech, ({ dictate }) => dictate(button, part("text"), (sentence) => composer.explain(sentence)));
  });
  part("select").addEventListener("click", () => {
    part("account").removeAttribute("open");
    use(organizer, (organizer) => organizer.select(part("account").querySelector("summary")));
  });
  part("toasts").firstElementChild && organizer();
  // A page out of the browser's memory shows what was, not what is.
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

  document.addEventListener("visibilitychange", lookAgain);
  ["focus", "online"].forEach((back) => addEventListener(back, () => changes.now()));

  const search = once(
    () => import("./search.js"),
    (it) => new it.Search(part("search"), part("found"), part("sidebar").querySelector("nav"), { ask: fragment, say }),
  );
  ["focusin", "input"].forEach((near) => part("search").addEventListener(near, async () => (await search()) ?? search()));

  const library = once(
    () => import("./prompts.js"),
    ({ Prompts }) => new Prompts(part("text"), `${chat.dataset.settings}prompts/`, { ask: prompts, say }),
  );
  onCommand(part("text"), () => library.begun || use(library, (library) => library.look()));
  onDiagram(log, once(() => import("./diagrams.js"), (it) => new it.Diagrams(log, part("scroller"), scroll, chat)));
  showTimes(log);
  const wanted = location.hash && document.getElementById(location.hash.slice(1))?.closest("article");
  if (wanted) {
    scroll.toMessage(wanted);
    // The browser goes there by itself as well, when all is loaded, and takes the focus away.
    addEventListener("load", () => setTimeout(() => scroll.toMessage(wanted)), { once: true });
  } else if (log.firstElementChild) {
    scroll.toEnd();
  }
  tellTimezone() && sidebar.refresh().catch(() => {});
  chat.dataset.running && talk.join(chat.dataset.running);
  [sessionStorage, localStorage].some((kept) => Object.keys(kept).some((key) => key.startsWith(queueKey))) && queue();
  offerSpeech(chat);
}

switchThemes(document, chat && ((appearance) => saveSettings(chat.dataset.settings, { appearance })));
forgetAtLogout(document);
if (chat) {
  open();
  keepOfflinePage();
}
