const PAUSE = 3000;
const LONGEST_PAUSE = 60000;

/**
 * What other pages do: asked of the site while somebody looks at this one, and told from tab to tab.
 *
 * `ask(cursor)` brings the site's answer, `watched()` says whether somebody looks, `channel` leads to the other tabs
 * of this user. `hear({refresh, conversations})` gets both kinds of news; a row from a tab has only what changed.
 */
export class Changes {
  #cursor;
  #ask;
  #hear;
  #watched;
  #channel;
  #timer;
  #failures = 0;
  #asking = false;
  #again = false;

  constructor(cursor, { ask, hear, watched, channel }) {
    this.#cursor = cursor;
    this.#ask = ask;
    this.#hear = hear;
    this.#watched = watched;
    this.#channel = channel;
    channel.addEventListener("message", ({ data }) => hear(data));
    this.#wait();
  }

  /** Somebody looks again, or the network is back. */
  now() {
    if (this.#asking) {
      // If that one was on its way into nothing, the next does not wait.
      this.#again = true;
    } else if (this.#watched()) {
      this.#askOnce();
    }
  }

  /** Tells the other tabs what is new about a conversation; to `refresh` they read the list again. */
  tell(row, refresh = false) {
    this.#channel.postMessage({ refresh, conversations: [row] });
  }

  async #askOnce() {
    clearTimeout(this.#timer);
    this.#asking = true;
    this.#again = false;
    let answer = null;
    let refused = null;
    try {
      answer = await this.#ask(this.#cursor);
    } catch (error) {
      refused = error;
    }
    this.#asking = false;
    if (answer) {
      this.#failures = 0;
      this.#cursor = answer.cursor;
      this.#hear(answer);
      this.#wait();
    } else if (this.#again) {
      this.now();
    } else if (!refused.signedOut) {
      this.#failures += 1;
      this.#wait();
    }
  }

  #wait() {
    clearTimeout(this.#timer);
    const pause = Math.min(PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
    this.#timer = setTimeout(() => this.now(), pause);
  }
}

/** Keeps the open conversation as other pages have it, whenever somebody looks and nothing is being written here. */
export class Follower {
  #page;
  #talk;
  #acts;
  #row = {};
  #behind = false;
  #forced = false;
  #suspect = null;
  #unread = false;
  #catching = false;
  #gone = false;

  /** `acts`: `isVisible()`, `read()` tells the site that the answer was seen, `leave()` when there is nothing left. */
  constructor(page, talk, acts) {
    this.#page = page;
    this.#talk = talk;
    this.#acts = acts;
  }

  /** The row of the open conversation, from the site or from another tab. */
  hear(row) {
    if (row.deleted) {
      this.#leave();
      return;
    }
    const { writing } = this.#talk;
    this.#page.answered ??= row.answered_at;
    this.#row = row;
    this.#unread = row.unread ?? this.#unread;
    if (this.#talk.isBusy) {
      // Its own stream should have said so long ago: a connection can be dead without knowing it.
      const isOver = Boolean(writing) && row.answering === null && row.newest_reply === writing;
      this.#forced ||= isOver && this.#suspect === writing;
      this.#suspect = isOver ? writing : null;
    } else {
      this.#behind ||= this.#talk.misses(row);
    }
    this.look();
  }

  /** Something happened of which there is no row. */
  doubt() {
    this.#forced = true;
    this.look();
  }

  /** A reply has ended on this page. */
  ended(reply) {
    const { answering, answered_at: _, ...row } = this.#row;
    this.#row = answering?.reply === reply ? row : { ...row, answering };
    this.#page.answered = null;
    this.#suspect = null;
    this.#unread = true;
    this.#behind ||= this.#talk.misses(this.#row);
    this.look();
  }

  /** Does what there is to do, if this is the time for it. */
  look() {
    if (this.#gone || this.#catching || !this.#page.known || !this.#acts.isVisible()) {
      return;
    }
    if (this.#talk.isTypedIn) {
      // The message may not be there any more, and what is typed would go with it. When that is done, it is looked again.
      return;
    }
    if (this.#forced || (this.#behind && !this.#talk.isBusy)) {
      this.#catchUp();
    } else if (this.#unread && !this.#talk.isBusy) {
      this.#unread = false;
      this.#acts.read().catch(() => (this.#unread = true));
    }
  }

  async #catchUp() {
    const { newest_reply: newest } = this.#row;
    this.#catching = true;
    this.#behind = this.#forced = false;
    let caughtUp = false;
    try {
      caughtUp = await this.#talk.catchUp();
      // Busy with a reply of its own, it catches up afterwards.
      this.#behind ||= !caughtUp;
    } catch (error) {
      // When it is not gone, there will be another occasion.
      error.status === 404 ? this.#leave() : (this.#behind = true);
    }
    this.#catching = false;
    if (caughtUp) {
      this.#page.newest = newest ?? this.#page.newest;
      this.look();
    }
  }

  /** Whether it is known to be deleted. */
  get isGone() {
    return this.#gone;
  }

  #leave() {
    if (!this.#gone) {
      this.#gone = true;
      this.#acts.leave();
    }
  }
}
