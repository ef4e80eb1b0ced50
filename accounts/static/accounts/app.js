// The few lines that pages need beside htmx. Everything works without them, only less quickly.
"use strict";

document.documentElement.classList.add("js");

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("meta[name=csrf-token]");
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

// A part that could not be loaded must not fail in silence.
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    const text = document.createElement("p");
    text.className = "message error";
    const words = document.body.dataset; // of the page, in its language
    text.textContent = words[`error-${status}`] || words.error;
    document.getElementById("messages").replaceChildren(text);
  });
}

document.addEventListener("click", (event) => {
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.parentElement.remove();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Keyboard: / searches; j and k go down and up a list of [data-row] (Enter follows the link that has
// the focus, as everywhere); any other letter presses what names it with data-key.
const rows = () => [...document.querySelectorAll("[data-row]")];
const linkOf = (row) => row.querySelector("a[href], button");

const step = (by) => {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
  linkOf(next).focus();
  next.scrollIntoView({ block: "nearest" });
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (!search) return;
    search.focus();
  } else if (event.key === "j") {
    step(1);
  } else if (event.key === "k") {
    step(-1);
  } else {
    const target = /^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
    if (!target) return;
    target.matches("input, textarea, select") ? target.focus() : target.click();
  }
  event.preventDefault();
});
