import { gettext } from "./gettext.js";

/** The taking of turns: what one side asks and the other replies, on the wire and on the page at once. */
export class Talk {
  #page;
  #api;
  #tools;
  #turn = null;
  /** Replies that could not be saved: they seem to run until the site has managed to. */
  #unsaved = new Set();

  /**
   * `page`: id, url, leaf, known, title and what happens to it; `on`: who wants to know that a reply has `begun`, has
   * `started`, has `ended`, was `refused`, that the conversation has been `titled`; `tools`: `follow` and `newId`.
   */
  constructor(page, api, { messages, composer, sidebar, scroll, say, on }, tools) {
    this.#page = page;
    this.#api = api;
    this.#tools = tools;
    Object.assign(this, { messages, composer, sidebar, scroll, say, on });
    this.settle();
  }

  /** `id`: of a message that has one already. Sent again as it was, it is the same message, whether it had arrived or not. */
  send(text, id = this.#tools.newId()) {
    const message = { conversation: this.#page.id, parent: this.#page.leaf || null, text };
    const { unsure } = this.composer;
    const isSame = unsure && Object.keys(message).every((name) => unsure[name] === message[name]);
    message.message = isSame ? unsure.message : id;
    this.composer.sends(text, message);
    this.#page.begin();
    return this.#ask(message, () => {
      this.#page.undo();
      this.composer.restore(text);
    });
  }

  /** What was refused, or was being sent when the page was left, may be there even so. */
  settle() {
    const unsure = this.isBusy ? null : this.composer.unsure;
    const isBegun = unsure && !this.#page.known && this.sidebar.row(unsure.conversation);
    if (isBegun || (unsure && this.messages.shows(unsure.message))) {
      this.composer.arrived();
      isBegun && this.#page.leaveFor(unsure.conversation);
    }
  }

  /** A question in other words, as message `id`, in the place of what is shown from there on, which is back when it is `refused`. */
  async edit(article, text, id, { refused, arrived }) {
    const message = { message: id, parent: article.dataset.parent || null, text };
    const putBack = this.messages.cut(article);
    const back = (error) => {
      putBack();
      refused(error);
    };
    await this.#ask(message, back, arrived);
    if (!this.isBusy && !this.isTypedIn) {
      // It is one of several versions now.
      await this.catchUp().catch(() => {});
    }
  }

  #ask({ message: question, parent, text }, refused, arrived) {
    const asked = this.messages.addQuestion(question, text, parent);
    const reply = this.messages.addReply(this.#tools.newId(), question);
    return this.#take({
      question,
      reply,
      arrived,
      open: (signal) => this.#api.openMessage({ message: question, parent, text, ...(this.#page.known ? {} : this.#page.wishes) }, signal),
      refused: (error) => {
        asked.remove();
        reply.remove();
        refused(error);
      },
    });
  }

  /** Another reply to the same question, in the place of one that failed or was cut off. */
  async again(old) {
    const { question } = old.dataset;
    const id = this.#tools.newId();
    const reply = this.messages.addReply(id, question);
    reply.focus();
    old.remove();
    await this.#take({
      question,
      reply,
      open: (signal) => this.#api.openReply(question, id, signal),
      refused: () => reply.article.replaceWith(old),
    });
    if (!this.isBusy) {
      // It is one of several versions now.
      await this.catchUp().catch(() => {});
    }
  }

  /** The same reply goes on where it was cut off. */
  goOn(article) {
    const id = article.dataset.message;
    const reply = this.messages.reply(id);
    const cutAgain = reply.resume();
    reply.focus();
    return this.#take({
      id,
      reply,
      question: article.dataset.question,
      open: (signal) => this.#api.openContinuation(id, signal),
      refused: cutAgain,
    });
  }

  /** A reply that was running when the page was opened, or that another page has asked for. */
  join(id) {
    const reply = this.messages.reply(id) ?? this.messages.addReply(id, this.#page.leaf);
    return this.#take({
      id,
      reply,
      joined: true,
      question: reply.article.dataset.question,
      open: (signal) => this.#api.attach(id, signal),
    });
  }

  get isBusy() {
    return this.composer.busy;
  }

  /** Whether a message is being put into other words, or something said about a reply. */
  get isTypedIn() {
    return this.messages.isTypedIn;
  }

  /** The reply that is being written, once something has been heard of it. */
  get writing() {
    return this.isBusy && this.#turn.isHeard ? this.#turn.id : undefined;
  }

  /** Whether the row of this conversation tells of something that the page does not show. */
  misses({ answering, newest_reply: newest, answered_at: answered, branched_at: branched }) {
    const { answered: seen, newest: met } = this.#page;
    return Boolean(
      (answering && !this.#unsaved.has(answering.reply) && !this.messages.writes(answering.reply)) ||
        (newest && newest !== met && !this.messages.shows(newest)) ||
        (answered && answered !== seen) ||
        (branched && branched !== this.#page.branched),
    );
  }

  /** Shows what has been said on other pages, and follows what is being said; false while this page is busy itself. */
  async catchUp() {
    const turn = this.composer.busy ? this.#turn : null;
    const newest = this.messages.parse(await this.#api.newest());
    const { leaf, running, answered, branched, first, tokens, size } = newest.dataset;
    const isOver = turn?.isHeard && !running;
    if (this.composer.busy && !(isOver && turn === this.#turn)) {
      return false;
    }
    if (this.#unsaved.has(running)) {
      return true;
    }
    if (!leaf && branched !== this.#page.branched && this.messages.last) {
      this.#page.beginAnew();
      return true;
    }
    leaf && this.#page.begin();
    // Not busy any more, its own stream has told meanwhile how it ended.
    const unheard = this.composer.busy ? turn : null;
    unheard?.controller.abort();
    this.messages.show(newest);
    this.settle();
    if (size) {
      this.on.shown({ context: { first, tokens: Number(tokens), size: Number(size) } });
    }
    Object.assign(this.#page, { leaf, answered, branched });
    this.#unsaved.clear();
    if (running) {
      this.join(running);
    }
    if (unheard) {
      this.#ended(unheard, gettext("The reply is done."));
    }
    return true;
  }

  stop() {
    const turn = this.#turn;
    if (turn?.begun || turn?.joined) {
      this.#api.stop(turn.id).catch((error) => this.composer.explain(error.message));
    } else if (turn) {
      // Before it has begun, also to go on, there is nothing to be stopped.
      turn.stopping = true;
    }
  }

  async #take(turn) {
    // The stream of the turn before may still be open for its title; a page holds one stream at most.
    this.#turn?.controller.abort();
    this.#turn = turn;
    turn.controller = new AbortController();
    const { signal } = turn.controller;
    this.composer.busy = true;
    if (!turn.joined) {
      this.scroll.toEnd();
    }
    this.on.begun(turn.reply);
    try {
      await this.#tools.follow({
        open: () => turn.open(signal),
        attach: () => this.#api.attach(turn.id, signal),
        tell: (name, data) => this.#hear(turn, name, data),
        signal,
      });
      await this.#findTitle(turn);
    } catch (error) {
      this.#fail(turn, error);
    }
    if (turn === this.#turn) {
      this.composer.busy = false;
    }
  }

  #hear(turn, name, data) {
    const { reply } = turn;
    turn.isHeard ||= name !== "lost";
    switch (name) {
      case "started":
        reply.started(data);
        this.#started(turn, data);
        break;
      case "done":
        reply.done(data);
        this.on.shown(data, reply.article);
        this.#page.leaf = turn.id;
        this.#ended(turn, data.finish === "stopped" ? gettext("Stopped.") : gettext("The reply is done."));
        break;
      case "failed":
        reply.failed(data);
        // What could not be saved cannot be answered to.
        this.#page.leaf = ["store", "database"].includes(data.code) ? turn.question : turn.id;
        if (this.#page.leaf !== turn.id) {
          this.#unsaved.add(turn.id);
        }
        this.#ended(turn, data.message);
        break;
      case "title":
        this.#page.title = data.title;
        this.sidebar.rename(this.#page.id, data.title);
        this.on.titled(data.title);
        break;
      case "lost":
        "lost" in reply.article.dataset || this.say(gettext("Reconnecting."));
        reply.lost();
        break;
      default:
        return reply[name]?.(data);
    }
    return true;
  }

  #started(turn, { reply, url }) {
    turn.id = reply;
    turn.begun = true;
    turn.arrived?.();
    this.#page.leaf = reply;
    this.composer.sent(this.#page.id);
    if (this.#page.known) {
      this.sidebar.raise(this.#page.id);
    } else {
      this.#page.settle(url);
      this.sidebar.add({ id: this.#page.id, url });
    }
    this.on.started({ reply, question: turn.question });
    turn.stopping && this.stop();
  }

  #ended(turn, sentence) {
    this.composer.busy = false;
    this.on.ended(turn.id, sentence);
  }

  #fail(turn, error) {
    if (turn.begun || !turn.refused) {
      turn.reply.failed({ message: error.message });
    } else {
      turn.refused(error);
    }
    this.composer.explain(error.message, error.signedOut ? this.#page.login : null);
    this.on.refused();
  }

  /** The title event is lost when the stream breaks after the reply; the list of conversations has it. */
  async #findTitle(turn) {
    if (!this.#page.title && turn === this.#turn) {
      await this.sidebar.refresh().catch(() => {});
      this.#page.title = this.sidebar.title(this.#page.id);
    }
  }
}
