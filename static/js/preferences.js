const YEAR = 60 * 60 * 24 * 365;

function keep(name, value) {
  document.cookie = `${name}=${encodeURIComponent(value)}; Max-Age=${YEAR}; Path=/; SameSite=Lax`;
}

/** Light, dark or like the device: at once on this page, by the cookie on every other. */
export function switchThemes(root) {
  for (const radio of root.querySelectorAll(".theme input")) {
    radio.addEventListener("change", () => {
      document.documentElement.dataset.theme = radio.value;
      keep("theme", radio.value);
    });
  }
}

/** Tells the server the reader's time zone; true when it did not know it, so that its groups by day may be wrong. */
export function tellTimezone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.cookie.includes(`timezone=${encodeURIComponent(zone)}`)) {
    return false;
  }
  keep("timezone", zone);
  return true;
}

const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

/** Writes a time as the reader's clock and calendar have it. */
export function showTime(time, now = new Date()) {
  const date = time.dateTime ? new Date(time.dateTime) : now;
  const today = date.toDateString() === now.toDateString();
  time.dateTime = date.toISOString();
  time.textContent = today ? hour.format(date) : `${day.format(date)}, ${hour.format(date)}`;
  time.title = whole.format(date);
}

export function showTimes(root) {
  root.querySelectorAll("time").forEach((time) => showTime(time));
}
