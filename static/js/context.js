import { gettext, interpolate, language } from "./gettext.js";

/** What the model was shown for the newest reply: how much of its window that took, and where it began. */
export function showContext(log, meter, { context, usage }) {
  if (!context?.size) {
    return;
  }
  const told = usage?.prompt_tokens ? usage.prompt_tokens + (usage.completion_tokens ?? 0) : context.tokens;
  const bar = meter.querySelector("meter");
  bar.max = context.size;
  bar.high = context.size * 0.8;
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

function short(count) {
  return new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 }).format(count);
}
