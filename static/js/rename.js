import { gettext } from "./gettext.js";

/** Edits a row's title where it stands: Enter or leaving saves, Escape does not. `save(title)` may throw. */
export function edit(row, title, save) {
  if (row.querySelector(".row-edit")) {
    return;
  }
  const link = row.querySelector("a");
  const field = Object.assign(document.createElement("input"), { className: "row-edit", value: title, maxLength: 200 });
  const error = Object.assign(document.createElement("p"), { className: "row-error", id: "row-error" });
  let isOver = false;
  field.setAttribute("aria-label", gettext("Title"));
  field.setAttribute("aria-describedby", error.id);
  field.dir = "auto";
  error.setAttribute("role", "alert");
  link.hidden = true;
  link.after(field, error);
  field.select();
  field.focus();

  function isTyping() {
    return field === document.activeElement && document.hasFocus();
  }

  function leave() {
    const focused = field === document.activeElement;
    isOver = true;
    link.hidden = false;
    field.remove();
    error.remove();
    if (focused) {
      link.focus();
    }
  }

  async function finish() {
    const wanted = field.value.trim();
    if (isOver || field.readOnly) {
      return;
    }
    if (wanted === title) {
      leave();
      return;
    }
    field.readOnly = true;
    try {
      await save(wanted);
      leave();
    } catch (refused) {
      error.textContent = refused.message;
    } finally {
      field.readOnly = false;
    }
  }

  // A row that moves takes the focus from its field, and gives it back at once; one that goes has nothing to save.
  field.addEventListener("blur", () => queueMicrotask(() => isTyping() || !field.isConnected || finish()));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "Escape") {
      // Or the drawer around it would close as well.
      event.preventDefault();
      event.stopPropagation();
      event.key === "Enter" ? finish() : leave();
    }
  });
}
