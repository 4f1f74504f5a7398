const LONGEST_PAUSE = 15000;
const FIRST_TRIES = 4;
/** The site says something every ten seconds. A connection that is silent for this long is dead without knowing it. */
const LONGEST_SILENCE = 30000;

/** Server-sent events out of pieces of text that may be split anywhere. */
export class EventParser {
  #rest = "";
  #name = "";
  #lines = [];

  /** Returns the events that this piece completed, as `{name, data}`, both text. */
  feed(piece) {
    const text = this.#rest + piece;
    // A carriage return at the very end may be half of a line end.
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\r|\n/);
    this.#rest = lines.pop() + text.slice(whole.length);
    return lines.map((line) => this.#take(line)).filter(Boolean);
  }

  #take(line) {
    if (line === "") {
      return this.#finish();
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") {
      this.#name = value;
    } else if (field === "data") {
      this.#lines.push(value);
    }
    return null;
  }

  #finish() {
    const event = this.#lines.length ? { name: this.#name || "message", data: this.#lines.join("\n") } : null;
    this.#name = "";
    this.#lines = [];
    return event;
  }
}

/** Yields `{name, data}` with data parsed as JSON until the body ends; a broken connection throws a `passing` error. */
export async function* events(body) {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await heard(reader.read()).catch(lost);
      if (done) {
        return;
      }
      for (const { name, data } of parser.feed(decoder.decode(value, { stream: true }))) {
        yield { name, data: JSON.parse(data) };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function heard(promise) {
  return new Promise((resolve, reject) => {
    const silence = Object.assign(new Error("silence"), { passing: true });
    const timer = setTimeout(() => reject(silence), LONGEST_SILENCE);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A network that has changed may take a new connection and bring nothing on that one either. */
async function found(attached) {
  try {
    return await heard(attached);
  } catch (error) {
    attached.then((body) => body.cancel()).catch(() => {});
    throw error;
  }
}

function lost(error) {
  throw Object.assign(error, { passing: true });
}

/**
 * Follows one reply to its end, whatever happens to the connection on the way.
 *
 * `open` begins it and `attach` finds it again, each with the body of a stream; `tell(name, data)` hears its events,
 * and "lost" and "found" besides. Throws what `open` or `attach` refused for good.
 */
export async function follow({ open, attach, tell, signal }) {
  let source = open;
  let over = false;
  let failures = 0;
  for (;;) {
    try {
      const body = await (source === attach ? found(attach()) : source());
      if (failures) {
        tell("found", {});
      }
      for await (const { name, data } of events(body)) {
        failures = 0;
        if (name === "started") {
          source = attach;
        }
        over ||= name === "done" || name === "failed";
        if (tell(name, data) === false) {
          // A block is missing; a new snapshot has them all.
          source = attach;
          break;
        }
      }
    } catch (error) {
      if (signal.aborted || over) {
        return;
      }
      if (!error.passing || (source === open && failures + 1 >= FIRST_TRIES)) {
        throw error;
      }
    }
    if (over || signal.aborted) {
      return;
    }
    tell("lost", {});
    await pause(Math.min(1000 * 2 ** failures, LONGEST_PAUSE), signal);
    failures += 1;
    if (signal.aborted) {
      return;
    }
  }
}

/** Ends early when the browser finds its network again. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}
