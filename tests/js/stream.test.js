import assert from "node:assert/strict";
import { test } from "node:test";

import { EventParser, events } from "../../static/js/stream.js";

const parse = (...pieces) => {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.feed(piece));
};

test("an event has a name and its data", () => {
  assert.deepEqual(parse('event: block\ndata: {"n":0}\n\n'), [{ name: "block", data: '{"n":0}' }]);
});

test("an event without a name is a message", () => {
  assert.deepEqual(parse("data: hello\n\n"), [{ name: "message", data: "hello" }]);
});

test("a piece may end anywhere", () => {
  const wire = 'event: started\r\ndata: {"a":1}\r\n\r\n: still here\r\n\r\nevent: done\r\ndata: x\r\ndata: y\r\n\r\n';
  const whole = parse(wire);
  assert.deepEqual(whole, [
    { name: "started", data: '{"a":1}' },
    { name: "done", data: "x\ny" },
  ]);
  for (let cut = 0; cut <= wire.length; cut += 1) {
    assert.deepEqual(parse(wire.slice(0, cut), wire.slice(cut)), whole, `cut at ${cut}`);
  }
  assert.deepEqual(parse(...wire), whole);
});

test("line feed, carriage return and both end a line", () => {
  for (const end of ["\n", "\r", "\r\n"]) {
    assert.deepEqual(parse(`data: a${end}data: b${end}${end}data: c${end}${end}`, "\n").slice(0, 1), [
      { name: "message", data: "a\nb" },
    ]);
  }
});

test("comments, unknown fields and events without data say nothing", () => {
  assert.deepEqual(parse(": still here\n\nid: 7\nretry: 10\nevent: empty\n\ndata: x\n\n"), [
    { name: "message", data: "x" },
  ]);
});

test("only the first space after the colon is dropped, and there need be none", () => {
  assert.deepEqual(
    parse("data:  two\n\ndata:none\n\n").map(({ data }) => data),
    [" two", "none"],
  );
});

test("an event that was not finished does not count", () => {
  assert.deepEqual(parse("data: a\n"), []);
});

function body(...pieces) {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) {
        controller.enqueue(piece);
      }
      controller.close();
    },
  });
}

async function all(stream) {
  const found = [];
  for await (const event of events(stream)) {
    found.push(event);
  }
  return found;
}

test("a character split between two pieces arrives whole", async () => {
  const bytes = new TextEncoder().encode('event: title\ndata: {"title":"Rom 天気 🌦"}\n\n');
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    assert.deepEqual(await all(body(bytes.slice(0, cut), bytes.slice(cut))), [
      { name: "title", data: { title: "Rom 天気 🌦" } },
    ]);
  }
});

test("a connection that breaks says that it may come back", async () => {
  const broken = new ReadableStream({
    pull(controller) {
      controller.error(new TypeError("network error"));
    },
  });
  await assert.rejects(all(broken), (error) => error.passing === true);
});

test("the body is let go when nobody reads on", async () => {
  let cancelled = false;
  const endless = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("data: 1\n\n"));
    },
    cancel() {
      cancelled = true;
    },
  });
  for await (const event of events(endless)) {
    assert.equal(event.data, 1);
    break;
  }
  assert.ok(cancelled);
});
