import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { follow } from "../../static/js/stream.js";

globalThis.addEventListener ??= () => {};
globalThis.removeEventListener ??= () => {};

const passing = () => Object.assign(new Error("away"), { passing: true });
const started = "event: started\ndata: {}\n\n";
const block = "event: block\ndata: {}\n\n";
const done = "event: done\ndata: {}\n\n";
const silence = null;

function body(pieces) {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next === silence) {
        return new Promise(() => {});
      }
      if (next instanceof Error) {
        controller.error(next);
      } else if (next) {
        controller.enqueue(new TextEncoder().encode(next));
      } else {
        controller.close();
      }
    },
  });
}

/** What is heard when each connection brings this: a list of events, with an error as its last where it breaks. */
async function hear(connections, { tell = () => true } = {}) {
  mock.timers.enable({ apis: ["setTimeout"] });
  const heard = [];
  const asked = [];
  const left = [...connections];
  const connect = (kind) => async () => {
    asked.push(kind);
    const next = left.shift();
    if (next instanceof Error) {
      throw next;
    }
    return next === silence ? new Promise(() => {}) : body(next);
  };
  const following = follow({
    open: connect("open"),
    attach: connect("attach"),
    tell: (name, data) => {
      heard.push(name);
      return tell(name, data);
    },
    signal: new AbortController().signal,
  });
  let over = false;
  const settled = following.finally(() => (over = true));
  settled.catch(() => {});
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(15000);
  }
  mock.timers.reset();
  return { heard, asked, following };
}

test("a reply is heard to its end on one connection", async () => {
  const { heard, asked } = await hear([[started, block, done]]);
  assert.deepEqual(heard, ["started", "block", "done"]);
  assert.deepEqual(asked, ["open"]);
});

test("a lost reply is attached to, not asked for again", async () => {
  const { heard, asked } = await hear([[started, block, passing()], passing(), [block, done]]);
  assert.deepEqual(heard, ["started", "block", "lost", "lost", "found", "block", "done"]);
  assert.deepEqual(asked, ["open", "attach", "attach"]);
});

test("a stream that closes too early is attached to again", async () => {
  const { asked } = await hear([[started, block], [done]]);
  assert.deepEqual(asked, ["open", "attach"]);
});

test("a connection that is silent for too long is dead, and attached to again", async () => {
  const { heard, asked } = await hear([[started, block, silence], [block, done]]);
  assert.deepEqual(heard, ["started", "block", "lost", "found", "block", "done"]);
  assert.deepEqual(asked, ["open", "attach"]);
});

test("a connection that is silent from its first moment is dead too", async () => {
  const { heard, asked } = await hear([[started, block, silence], silence, passing(), [block, done]]);
  assert.deepEqual(heard, ["started", "block", "lost", "lost", "lost", "found", "block", "done"]);
  assert.deepEqual(asked, ["open", "attach", "attach", "attach"]);
});

test("a question may take its time on its way", async () => {
  let arrive;
  const asked = [];
  mock.timers.enable({ apis: ["setTimeout"] });
  const following = follow({
    open: () => {
      asked.push("open");
      return new Promise((resolve) => (arrive = resolve));
    },
    attach: () => asked.push("attach"),
    tell: () => true,
    signal: new AbortController().signal,
  });
  mock.timers.tick(120000);
  mock.timers.reset();
  arrive(body([started, done]));
  await following;
  assert.deepEqual(asked, ["open"]);
});

test("what comes on a connection that was given up is let go", async () => {
  let arrive;
  let cancelled = false;
  const late = new ReadableStream({
    cancel() {
      cancelled = true;
    },
  });
  mock.timers.enable({ apis: ["setTimeout"] });
  const answers = [() => new Promise((resolve) => (arrive = resolve)), () => Promise.resolve(body([done]))];
  let over = false;
  const following = follow({
    open: () => Promise.resolve(body([started])),
    attach: () => answers.shift()(),
    tell: () => true,
    signal: new AbortController().signal,
  }).finally(() => (over = true));
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(15000);
  }
  mock.timers.reset();
  arrive(late);
  await following;
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(cancelled);
});

test("a question that may not have arrived is sent again, under the same id", async () => {
  const { asked } = await hear([passing(), [started, done]]);
  assert.deepEqual(asked, ["open", "open"]);
});

test("a site that stays away is given up before anything has started", async () => {
  const { following, asked } = await hear([passing(), passing(), passing(), passing()]);
  await assert.rejects(following, { message: "away" });
  assert.equal(asked.length, 4);
});

test("a refusal is not tried again", async () => {
  const { following, asked } = await hear([new Error("refused")]);
  await assert.rejects(following, { message: "refused" });
  assert.equal(asked.length, 1);
});

test("a connection that breaks after the end is let go", async () => {
  const { heard } = await hear([[started, done, passing()]]);
  assert.deepEqual(heard, ["started", "done"]);
});

test("a missing block is asked for by attaching", async () => {
  let gaps = 0;
  const tell = (name) => name !== "block" || gaps++ > 0;
  const { asked } = await hear([[started, block, done], [block, done]], { tell });
  assert.deepEqual(asked, ["open", "attach"]);
});
