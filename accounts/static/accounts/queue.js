// The queue and the page of a call to action. Without it every link and form leads to a page.
"use strict";

const beside = window.matchMedia("(min-width: 1101px)"); // as in queue.css
const KEPT_STATUSES = [409, 422]; // refused, with a part that says why

// Where there is no room beside the list, or in a new tab, a link is just a link.
document.addEventListener("click", (event) => {
  if (!event.target.closest("a[data-opens]")) return;
  if (!beside.matches || event.ctrlKey || event.metaKey || event.shiftKey) event.stopPropagation();
}, true);

// A letter that acts on the row that has the focus, or on the one that is open.
const rowInHand = () =>
  document.activeElement.closest("tr[data-cta]") || document.querySelector("tr.active");

const ACTS = {
  "/": () => document.querySelector("[data-queue-search]"),
  o: () => { const row = rowInHand(); if (row) row.querySelector("[data-opens]").click(); },
  x: () => { const row = rowInHand(); const pick = row && row.querySelector(".pick"); if (pick) pick.click(); },
  l: () => {
    const row = rowInHand();
    const log = row ? row.querySelector("[data-log]") : document.getElementById("act-log");
    if (log) log.click();
  },
  t: () => { const tick = document.querySelector("#cta .tick[aria-checked=false]"); if (tick) tick.click(); },
};

// What is ticked stays so when the list is swapped.
let picked = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "queue") return;
  picked = [...document.querySelectorAll(".pick:checked")].map((pick) => pick.value);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const pick of document.querySelectorAll("#queue .pick")) {
    if (picked.includes(pick.value)) pick.checked = true;
  }
});

const links = () => [...document.querySelectorAll("[data-opens]")];
let placeInList = -1; // of the focus, when the list is about to be swapped

document.addEventListener("htmx:beforeSwap", (event) => {
  placeInList = links().indexOf(document.activeElement);
  if (event.detail.target.id === "cta") {
    // Of details with one name only one is open: the old one, still there, would shut the new one.
    for (const act of document.querySelectorAll("details[name=cta-act][open]")) act.open = false;
  }
  if (!KEPT_STATUSES.includes(event.detail.xhr.status)) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

const showWhichIsOpen = () => {
  const open = document.getElementById("cta");
  for (const row of document.querySelectorAll("tr[data-cta]")) {
    const isOpen = Boolean(open) && row.dataset.cta === open.dataset.cta;
    row.classList.toggle("active", isOpen);
    const link = row.querySelector("[data-opens]");
    if (isOpen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
};

document.addEventListener("htmx:afterSettle", (event) => {
  showWhichIsOpen();
  const asked = event.detail.requestConfig && event.detail.requestConfig.elt;
  const isOpened = asked && asked.matches("[data-opens]");
  if (!isOpened && document.activeElement !== document.body) return;
  const rows = links();
  const part = document.getElementById("cta");
  if (part && part.contains(document.activeElement)) return; // somebody was faster than the swap settled
  const next = placeInList >= 0 && !isOpened
    ? rows[Math.min(placeInList, rows.length - 1)] // the row that had the focus has left the list
    : part && (part.querySelector("[data-focus]") || part.querySelector("#cta-title"));
  if (next) next.focus();
});

// A form that opens gets the focus; Escape closes it again.
document.addEventListener("toggle", (event) => {
  const details = event.target;
  if (!details.matches("details[name=cta-act]") || !details.open) return;
  details.querySelector("input:not([type=hidden]), select, textarea").focus();
}, true);

document.addEventListener("keydown", (event) => {
  const isTyped = event.target.closest("input, textarea, select");
  const act = event.target.closest("details[name=cta-act][open]");
  if (event.key === "Escape" && act) {
    act.open = false;
    act.querySelector("summary").focus();
  } else if (isTyped && !event.target.matches(".pick")) {
    return;
  } else if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
    return;
  } else if (ACTS[event.key]) {
    const field = ACTS[event.key]();
    if (field) field.focus();
    event.preventDefault();
    event.stopPropagation();
  } else if (event.key === "?") {
    document.getElementById("keys").showModal();
  } else if ((event.key === "j" || event.key === "k") && event.target.closest("#cta")) {
    const row = document.querySelector("tr.active [data-opens]"); // go on from the row that is open
    if (row) row.focus();
  }
}, true);
