/** Keys for what the page has buttons and links for. Each returns false where there is nothing to do. */
const ACTS = {
  "?": showAll,
  Escape: (chat) => press(chat, '[data-part="stop"]'),
  "Shift+Escape": (chat) => focus(chat.querySelector('[data-part="text"]')),
  "Mod+K": (chat) => focus(chat.querySelector('[data-part="search"] input')),
  "Mod+Shift+O": (chat) => location.assign(chat.dataset.new),
  "Mod+Shift+C": (chat) => press(chat, '.reply:not([aria-busy]) [data-act="copy"]'),
  "Alt+ArrowUp": (chat) => step(chat, -1),
  "Alt+ArrowDown": (chat) => step(chat, 1),
};

export function act(keys, chat) {
  ACTS[keys](chat);
}

function press(chat, selector) {
  [...chat.querySelectorAll(selector)].filter((button) => button.checkVisibility()).at(-1)?.click();
}

function focus(element) {
  element.closest(".sidebar")?.inert && press(element.ownerDocument, '[data-part="open-drawer"]');
  element.focus();
}

function step(chat, by) {
  const links = [...chat.querySelectorAll(".row-link")];
  const open = links.findIndex((link) => link.getAttribute("aria-current") === "page");
  const link = open < 0 ? links.at(by > 0 ? 0 : -1) : links[open + by];
  link && location.assign(link.href);
}

function showAll(chat) {
  const dialog = chat.querySelector('[data-part="shortcuts"]');
  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    for (const key of dialog.querySelectorAll("kbd[data-mac]")) {
      key.textContent = key.dataset.mac;
    }
  }
  const opener = document.activeElement;
  dialog.showModal();
  dialog.addEventListener("close", () => opener?.isConnected && opener.focus(), { once: true });
}
