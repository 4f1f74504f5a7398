import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Changes, Follower } from "../../static/js/changes.js";

const away = () => Object.assign(new Error("away"), { passing: true });
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A page that asks: what it asked, what it heard, and the answers it gets, an error where it is refused. */
function page(answers = []) {
  const asked = [];
  const heard = [];
  const told = [];
  const channel = Object.assign(new EventTarget(), { postMessage: (data) => told.push(data) });
  const state = { watched: true };
  let number = 0;
  const changes = new Changes("c0", {
    ask: async (cursor) => {
      asked.push(cursor);
      const answer = answers.shift();
      if (answer instanceof Error) {
        throw answer;
      }
      number += 1;
      return (await answer) ?? { cursor: `c${number}`, refresh: false, conversations: [] };
    },
    hear: (news) => heard.push(news),
    watched: () => state.watched,
    channel,
  });
  return { changes, asked, heard, told, channel, state };
}

async function pass(milliseconds) {
  for (let left = milliseconds; left > 0; left -= 500) {
    mock.timers.tick(500);
    await settled();
  }
}

function timed(name, act) {
  test(name, async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      await act();
    } finally {
      mock.timers.reset();
    }
  });
}

timed("every three seconds it asks what changed since the answer before", async () => {
  const { asked, heard } = page();
  await pass(2500);
  assert.deepEqual(asked, []);
  await pass(6500);
  assert.deepEqual(asked, ["c0", "c1", "c2"]);
  assert.equal(heard.length, 3);
});

timed("while nobody looks it asks nothing, and at once when somebody does", async () => {
  const { changes, asked, state } = page();
  state.watched = false;
  await pass(10000);
  changes.now();
  assert.deepEqual(asked, []);
  state.watched = true;
  changes.now();
  await settled();
  assert.deepEqual(asked, ["c0"]);
  await pass(3000);
  assert.deepEqual(asked, ["c0", "c1"]);
});

timed("it never asks twice at once", async () => {
  let answer;
  const { changes, asked } = page([new Promise((resolve) => (answer = resolve))]);
  changes.now();
  changes.now();
  await pass(10000);
  assert.deepEqual(asked, ["c0"]);
  answer({ cursor: "late", refresh: false, conversations: [] });
  await settled();
  await pass(3000);
  assert.deepEqual(asked, ["c0", "late"]);
});

timed("a site that is away is asked less and less often, from the same moment on", async () => {
  const { asked } = page(Array.from({ length: 30 }, away));
  await pass(3000 + 6000 + 12000 + 24000 + 48000);
  assert.deepEqual(asked, ["c0", "c0", "c0", "c0", "c0"]);
  await pass(59000);
  assert.equal(asked.length, 5);
  await pass(1000);
  assert.equal(asked.length, 6);
});

timed("when the network is back it does not wait", async () => {
  const { changes, asked } = page([away(), away()]);
  await pass(3000);
  changes.now();
  await settled();
  changes.now();
  await settled();
  assert.equal(asked.length, 3);
  await pass(3000);
  assert.equal(asked.length, 4);
});

timed("who is signed out is not asked again until they come back", async () => {
  const { changes, asked } = page([Object.assign(new Error("signed out"), { signedOut: true })]);
  await pass(60000);
  assert.equal(asked.length, 1);
  changes.now();
  await settled();
  assert.equal(asked.length, 2);
});

timed("tabs tell each other in the form in which the site does", () => {
  const { changes, told, heard, channel } = page();
  changes.tell({ id: "a", title: "New" });
  assert.deepEqual(told, [{ refresh: false, conversations: [{ id: "a", title: "New" }] }]);
  channel.dispatchEvent(new MessageEvent("message", { data: told[0] }));
  assert.deepEqual(heard, told);
});

/** A follower of a conversation that shows reply r1, with what it did. */
function following({ caughtUp = () => true } = {}) {
  const did = [];
  const state = { visible: true };
  const shown = { known: true, answered: "t1", newest: null };
  const talk = {
    isBusy: false,
    isTypedIn: false,
    writing: undefined,
    misses: ({ newest_reply: newest, answering }) => Boolean(answering) || (newest && newest !== "r1"),
    catchUp: async () => {
      did.push("catch up");
      return caughtUp();
    },
  };
  const follower = new Follower(shown, talk, {
    isVisible: () => state.visible,
    read: async () => did.push("read"),
    leave: () => did.push("leave"),
  });
  return { did, state, talk, follower, shown };
}

test("what the page shows already changes nothing", async () => {
  const { did, follower } = following();
  follower.hear({ answering: null, newest_reply: "r1", unread: false });
  await settled();
  assert.deepEqual(did, []);
});

test("what the page misses is fetched and then read", async () => {
  const { did, follower } = following();
  follower.hear({ answering: null, newest_reply: "r2", unread: true });
  await settled();
  assert.deepEqual(did, ["catch up", "read"]);
});

test("a hidden page waits until somebody looks", async () => {
  const { did, state, follower } = following();
  state.visible = false;
  follower.hear({ answering: null, newest_reply: "r2", unread: true });
  await settled();
  assert.deepEqual(did, []);
  state.visible = true;
  follower.look();
  await settled();
  assert.deepEqual(did, ["catch up", "read"]);
});

test("a page that writes a reply of its own catches up afterwards", async () => {
  const { did, talk, follower } = following();
  Object.assign(talk, { isBusy: true, writing: "r3" });
  follower.hear({ answering: { reply: "r2" }, newest_reply: "r2" });
  await settled();
  assert.deepEqual(did, []);
  Object.assign(talk, { isBusy: false, writing: undefined });
  follower.ended("r3");
  await settled();
  assert.deepEqual(did, ["catch up", "read"]);
});

test("a page on which a message is edited catches up when that is done", async () => {
  const { did, talk, follower } = following();
  talk.isTypedIn = true;
  follower.hear({ answering: null, newest_reply: "r2", unread: true });
  follower.doubt();
  await settled();
  assert.deepEqual(did, []);
  talk.isTypedIn = false;
  follower.look();
  await settled();
  assert.deepEqual(did, ["catch up", "read"]);
});

test("its own reply is no news when it has ended", async () => {
  const { did, talk, follower } = following();
  Object.assign(talk, { isBusy: true, writing: "r1" });
  follower.hear({ answering: { reply: "r1" }, newest_reply: "r1" });
  Object.assign(talk, { isBusy: false, writing: undefined });
  follower.ended("r1");
  await settled();
  assert.deepEqual(did, ["read"]);
});

test("a stream that misses the end of its reply is given up when the site says so twice", async () => {
  const { did, talk, follower } = following();
  Object.assign(talk, { isBusy: true, writing: "r1" });
  const over = { answering: null, newest_reply: "r1" };
  follower.hear(over);
  await settled();
  assert.deepEqual(did, []);
  follower.hear(over);
  await settled();
  assert.deepEqual(did, ["catch up"]);
});

test("a failure is tried again with the next news, a conversation that is gone is left once", async () => {
  const failures = [away(), Object.assign(new Error("gone"), { status: 404 })];
  const { did, follower } = following({
    caughtUp: () => {
      throw failures.shift();
    },
  });
  follower.hear({ answering: null, newest_reply: "r2" });
  await settled();
  follower.look();
  await settled();
  follower.hear({ deleted: true });
  follower.doubt();
  await settled();
  assert.deepEqual(did, ["catch up", "catch up", "leave"]);
});

test("a conversation that has not begun has nothing to catch up with", async () => {
  const { did, shown, follower } = following();
  shown.known = false;
  follower.doubt();
  await settled();
  assert.deepEqual(did, []);
});
