import { saveSettings } from "./api.js";
import { gettext } from "./gettext.js";
import { canNotify, chooseNotices, keepTheme, wantsNotices, wear } from "./preferences.js";

const SAVED = "saved setting";
const form = document.querySelector("[data-part=settings]");
const shown = new Map();
let saving = Promise.resolve();

/** What a control holds now; of radio buttons the one that is chosen. */
const valueOf = (name) => new FormData(form).get(name);
/** What it held when the page came. */
const first = (name) => [...form.elements[name]].find((one) => one.defaultChecked || one.defaultSelected)?.value;

function show(name, value) {
  form.elements[name].value = value;
  if (name === "appearance") {
    wear(value);
  }
}

async function save(name, value, status) {
  try {
    await saveSettings(form.action, { [name]: value });
    if (name === "appearance") {
      keepTheme(value);
    }
    shown.set(name, value);
    if (name === "language") {
      // The page comes once more, in that language, and says there that it was saved.
      sessionStorage.setItem(SAVED, name);
      location.reload();
    } else {
      status.textContent = gettext("Saved.");
    }
  } catch (error) {
    show(name, shown.get(name));
    status.textContent = error.message;
  }
}

for (const setting of form.querySelectorAll("[data-setting]")) {
  const { setting: name } = setting.dataset;
  const status = setting.querySelector("[role=status]");
  shown.set(name, first(name) ?? valueOf(name));
  const change = () => {
    const value = valueOf(name);
    status.textContent = "";
    show(name, value);
    // One after the other, so that the last choice is the newest.
    saving = saving.then(() => save(name, value, status));
  };
  setting.addEventListener("change", change);
  // Somebody was faster than this script.
  valueOf(name) !== shown.get(name) && change();
}

const saved = form.querySelector(`[data-setting="${sessionStorage.getItem(SAVED)}"]`);
sessionStorage.removeItem(SAVED);
if (saved) {
  saved.querySelector("[role=status]").textContent = gettext("Saved.");
  saved.querySelector("select").focus();
}

if (canNotify()) {
  const part = form.querySelector("[data-part=notices]");
  const choice = part.querySelector("input");
  const status = part.querySelector("[role=status]");
  part.hidden = false;
  choice.checked = wantsNotices();
  choice.addEventListener("change", async () => {
    const isWanted = choice.checked;
    choice.checked = await chooseNotices(isWanted);
    status.textContent = choice.checked === isWanted ? gettext("Saved.") : gettext("Your browser does not allow it.");
  });
}
