import { gettext, interpolate, short } from "./gettext.js";

/** What the model was shown for the newest reply: how much of its window that took, and where it began. */
export function showContext(log, meter, article, { context, usage }) {
  if (context?.ignored?.length) {
    const names = context.ignored.map((name) => labels()[name] ?? name).join(", ");
    const sentence = gettext("This model does not know these settings, so they made no difference: %(names)s.");
    article.querySelector("[data-part=ignored]").textContent = interpolate(sentence, { names });
  }
  if (!context?.size) {
    return;
  }
  const told = usage?.prompt_tokens ? usage.prompt_tokens + (usage.completion_tokens ?? 0) : context.tokens;
  const bar = meter.querySelector("meter");
  bar.max = context.size;
  bar.value = told;
  meter.querySelector("[data-part=meter-text]").textContent = interpolate(gettext("%(used)s of %(size)s tokens"), {
    used: short(told),
    size: short(context.size),
  });
  meter.hidden = false;
  log.querySelector(".window-line")?.remove();
  const first = context.first && log.querySelector(`[data-message="${CSS.escape(context.first)}"]`);
  if (first?.dataset.parent) {
    first.prepend(document.getElementById("window-line-template").content.cloneNode(true));
  }
}

function labels() {
  return {
    temperature: gettext("Temperature"),
    top_p: gettext("Top P"),
    max_tokens: gettext("Longest reply"),
    frequency_penalty: gettext("Frequency penalty"),
    presence_penalty: gettext("Presence penalty"),
    stop: gettext("Stop sequences"),
    seed: gettext("Seed"),
  };
}
