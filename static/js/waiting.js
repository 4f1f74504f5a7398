import { gettext, interpolate, language, ngettext } from "./gettext.js";

/** Seconds after which a reader begins to wonder. */
const SILENT = 5;

/** Says in a reply for how long it is being waited for, and why, until something of it is there. */
export function tellWaiting(article, say) {
  const place = article.querySelector("[data-part=waiting]");
  const time = article.querySelector("time").dateTime;
  const began = Math.min(Date.now(), (time && Date.parse(time)) || Date.now());
  let told = "";
  const tell = () => {
    const seconds = Math.floor((Date.now() - began) / 1000);
    const why = reason(article.dataset.waiting ? JSON.parse(article.dataset.waiting) : {});
    const isSilent = seconds >= SILENT;
    place.textContent = [why || (isSilent && gettext("Waiting for the model.")), isSilent && duration(seconds)].filter(Boolean).join(" ");
    if (why && why.replace(/\d+/g, "") !== told) {
      told = why.replace(/\d+/g, "");
      say(why);
    }
  };
  const isOver = () => {
    const { hidden } = article.querySelector("[data-part=reasoning]");
    return !article.isConnected || !article.hasAttribute("aria-busy") || !hidden || article.querySelector("[data-part=body]").firstChild;
  };
  const timer = setInterval(() => {
    if (isOver()) {
      clearInterval(timer);
      place.textContent = "";
    } else {
      tell();
    }
  }, 1000);
  tell();
}

function reason({ what, place, done, total, seconds }) {
  switch (what) {
    case "queued":
      return place
        ? interpolate(ngettext("%(count)s reply is before yours.", "%(count)s replies are before yours.", place), { count: place })
        : gettext("Yours is the next reply.");
    case "downloading":
      return total
        ? interpolate(gettext("The model is being downloaded: %(done)s of %(total)s."), { done: size(done), total: size(total) })
        : gettext("The model is being downloaded.");
    case "loading":
      return gettext("The model is loading.");
    case "retrying":
      return interpolate(
        ngettext(
          "The model server is busy. It is asked again in %(count)s second.",
          "The model server is busy. It is asked again in %(count)s seconds.",
          seconds,
        ),
        { count: seconds },
      );
    default:
      return "";
  }
}

function size(bytes) {
  const isBig = bytes >= 1e9;
  const format = { style: "unit", unit: isBig ? "gigabyte" : "megabyte", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language, format).format(bytes / (isBig ? 1e9 : 1e6));
}

function duration(seconds) {
  const unit = (value, name) => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const parts = seconds < 60 ? [[seconds, "second"]] : [[Math.floor(seconds / 60), "minute"], [seconds % 60, "second"]];
  return parts.map(([value, name]) => unit(value, name)).join(" ");
}
