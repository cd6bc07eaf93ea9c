// What pages gain from scripts: short cuts, copying, charts. Everything works without them.

const WAIT_FOR_SECOND_KEY = 1200;
let firstKey = "";
let forget = 0;

function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]");
}

function showKeyboard() {
  const dialog = document.getElementById("keyboard");
  if (dialog && !dialog.open) {
    dialog.showModal();
  }
}

function follow(keys) {
  const link = document.querySelector(`[data-keys="${keys}"]`);
  if (link) {
    window.location.assign(link.href);
  }
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) {
    return;
  }
  if (firstKey === "g") {
    firstKey = "";
    if (/^[a-z]$/.test(event.key)) {
      follow(`g ${event.key}`);
    }
  } else if (event.key === "/") {
    const box = document.querySelector("main [data-search]") ?? document.querySelector("[data-search]");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  } else if (event.key === "?") {
    showKeyboard();
  } else if (event.key === "g") {
    firstKey = "g";
    clearTimeout(forget);
    forget = setTimeout(() => (firstKey = ""), WAIT_FOR_SECOND_KEY);
  } else if (event.key === "Escape") {
    closeMenus(null);
  }
}

function closeMenus(but) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== but) {
      menu.open = false;
    }
  }
}

async function copy(button) {
  const text = button.parentElement.querySelector("code, .secret").textContent;
  const before = [...button.childNodes];
  await navigator.clipboard.writeText(text);
  button.replaceChildren("Copied");
  setTimeout(() => button.replaceChildren(...before), 1500);
}

function onClick(event) {
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    copy(copier);
  }
  if (event.target.closest("[data-keyboard]")) {
    event.preventDefault();
    showKeyboard();
  }
  if (event.target.tagName === "DIALOG") {
    event.target.close();
  }
  closeMenus(event.target.closest("details.menu"));
}

function prepare(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
  }
  for (const element of root.querySelectorAll("[data-without-script]")) {
    element.hidden = true;
  }
}

// A picture wider than its frame shows first what it is about.
function showOrigin() {
  const frame = document.querySelector(".lineage");
  const origin = frame?.querySelector(".origin");
  if (origin && frame.scrollWidth > frame.clientWidth) {
    const inside = origin.getBoundingClientRect();
    const around = frame.getBoundingClientRect();
    frame.scrollLeft = inside.left - around.left - (around.width - inside.width) / 2;
  }
}

// Where the tabs do not fit, the one that is shown is in sight.
function showTab() {
  const tabs = document.querySelector(".tabs");
  const current = tabs?.querySelector("[aria-current]");
  if (current) {
    tabs.scrollLeft = current.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
  }
}

function dropNotice() {
  const address = new URL(window.location.href);
  if (address.searchParams.has("notice")) {
    address.searchParams.delete("notice");
    window.history.replaceState(window.history.state, "", address);
  }
}

// The mlflow client prints addresses such as /#/experiments/1/runs/0a1b….
function followClientAddress() {
  const match = /^#\/experiments\/(\d+)(?:\/runs\/([0-9a-f]{32}))?/.exec(window.location.hash);
  if (match) {
    window.location.replace(match[2] ? `/runs/${match[2]}` : `/experiments/${match[1]}`);
  }
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
document.addEventListener("htmx:after:swap", () => prepare(document));
prepare(document);
showOrigin();
showTab();
dropNotice();
followClientAddress();
