import { gettext } from "./gettext.js";

const AWAY = "offline";
const LONGEST_WAIT = 20000;
/** In UTF-16 units, each of which is three bytes at most. */
const LONGEST_FAREWELL = 20000;

/**
 * What a server refused; `code` is "offline" when it was never reached. The message is for the person: what is said of
 * the fields, if anything is.
 */
export class ApiError extends Error {
  constructor(status, { code = "", message = "", retry_after: retryAfter = null, errors = {} } = {}) {
    super(Object.values(errors).flat().join(" ") || message || sentence(status));
    Object.assign(this, { status, code, retryAfter, errors });
  }

  /** Whether the same request may work in a moment: the connection broke, or a proxy found nobody behind it. */
  get passing() {
    return this.code === AWAY || (this.status >= 500 && !this.code);
  }

  get signedOut() {
    return this.status === 401;
  }
}

/** One conversation's requests. Every `open…` answers with the body of an event stream. */
export class ConversationApi {
  constructor(url) {
    this.url = url;
  }

  openMessage(message, signal) {
    return stream(`${this.url}messages/`, { method: "POST", body: JSON.stringify(message), signal });
  }

  openReply(question, reply, signal) {
    const body = JSON.stringify({ reply });
    return stream(`${this.url}messages/${question}/replies/`, { method: "POST", body, signal });
  }

  openContinuation(reply, signal) {
    return stream(`${this.url}replies/${reply}/continue/`, { method: "POST", body: "{}", signal });
  }

  attach(reply, signal) {
    return stream(`${this.url}replies/${reply}/`, { signal });
  }

  stop(reply) {
    return send(`${this.url}replies/${reply}/stop/`);
  }

  exportUrl(kind) {
    return `${this.url}export/${kind}/`;
  }

  rename(title) {
    return send(`${this.url}rename/`, { title });
  }

  delete() {
    return send(`${this.url}delete/`);
  }

  /** Another version of a message is to be shown. */
  show(message) {
    return send(`${this.url}current/`, { message });
  }

  /** A reply in the user's own words. */
  edit(message, text) {
    return send(`${this.url}messages/${message}/edit/`, { text });
  }

  rate(message, rating) {
    return send(`${this.url}messages/${message}/rating/`, rating);
  }

  /** All up to a message, as a conversation of its own. */
  fork(message, conversation) {
    return send(`${this.url}fork/`, { message, conversation });
  }

  clear() {
    return send(`${this.url}clear/`);
  }

  /** How a message came about, as a piece of a page. */
  details(message) {
    return fragment(`${this.url}messages/${message}/details/`);
  }

  pin(on) {
    return send(`${this.url}pin/`, { on: String(on) });
  }

  archive(on) {
    return send(`${this.url}archive/`, { on: String(on) });
  }

  /** Tags, separated by commas, in the place of those it had. */
  tag(tags) {
    return send(`${this.url}tags/`, { tags });
  }

  /** Whether it is shared: `url`, or null, and whether something was `said_since`. */
  async sharing() {
    return json(`${this.url}share/`);
  }

  async share(on) {
    return (await send(`${this.url}share/`, { on: String(on) })).json();
  }

  /** The model is asked for another title. */
  async newTitle() {
    return (await send(`${this.url}title/`)).json();
  }

  /** The newest answer has been seen. */
  read() {
    return send(`${this.url}read/`);
  }

  /** The newest messages as a piece of a page. */
  newest() {
    return fragment(`${this.url}messages/`);
  }

  /** The Markdown a message was written in. */
  async text(message) {
    return (await request(`${this.url}messages/${message}/text/`, { headers: { Accept: "text/plain" } })).text();
  }
}

/** `act` is archive, delete or undo; `url` is that of the list. */
export function onSeveral(url, act, ids, fields = {}) {
  return send(`${url}${act}/`, { conversations: ids.join(), ...fields });
}

/** A piece of a page. */
export async function fragment(url, signal) {
  return (await request(url, { headers: { Accept: "text/html" }, signal })).text();
}

/** What changed since a cursor, for all conversations of the user. */
export async function changesSince(url, cursor) {
  const signal = AbortSignal.timeout(LONGEST_WAIT);
  const headers = { Accept: "application/json" };
  return (await request(`${url}?since=${encodeURIComponent(cursor)}`, { headers, signal })).json();
}

/** Saves some of the user's own settings, also while the page goes away: browsers take 64 kB at most then. */
export function saveSettings(url, settings) {
  return send(url, settings, { keepalive: JSON.stringify(settings).length < LONGEST_FAREWELL });
}

/** The user's own prompts, each with its `command` and its `text`. */
export async function prompts(url) {
  return (await json(url)).prompts;
}

/** What a page may ask for that is no piece of one. */
export async function json(url) {
  return (await request(url, { headers: { Accept: "application/json" } })).json();
}

/** A uuid made here, because `crypto.randomUUID` does not exist on plain http. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

async function stream(url, options) {
  const accept = "text/event-stream, application/json;q=0.9";
  return (await request(url, { ...options, headers: { Accept: accept } })).body;
}

export function send(url, data = {}, options = {}) {
  const headers = { Accept: "application/json" };
  return request(url, { method: "POST", body: JSON.stringify(data), headers, ...options });
}

async function request(url, { headers, ...options }) {
  if (options.method === "POST") {
    // The token changes at every log-in, so it is read from the cookie each time.
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";
    headers = { ...headers, "Content-Type": "application/json", "X-CSRFToken": token };
  }
  let response;
  try {
    response = await fetch(url, { ...options, headers, credentials: "same-origin", cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new ApiError(0, { code: AWAY });
  }
  if (response.ok && !response.redirected) {
    return response;
  }
  // A request for a piece of a page is sent on to the log-in page instead of being refused.
  throw new ApiError(response.redirected ? 401 : response.status, await response.json().catch(() => ({})));
}

function sentence(status) {
  switch (status) {
    case 0:
      return gettext("The site cannot be reached. Check your connection and try again; your text is kept.");
    case 401:
      return gettext("You are not signed in any more. Your text is kept.");
    case 403:
      return gettext("This page is out of date. Reload it and try again; your text is kept.");
    case 404:
      return gettext("This conversation is not there any more.");
    case 413:
      return gettext("This message is too long. Shorten it or split it.");
    case 429:
      return gettext("That was too much at once. Wait a moment and try again.");
    default:
      return gettext("The site could not do that. Try again in a moment; your text is kept.");
  }
}
