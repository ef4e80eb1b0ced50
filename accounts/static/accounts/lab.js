// The picker of metrics: a combobox over what htmx loads into its list. Without it the inputs are plain.
"use strict";

const listOf = (input) => document.getElementById(input.dataset.metric);
const options = (input) => [...listOf(input).querySelectorAll("[role=option][data-key-path]")];
const pickers = () => document.querySelectorAll("input[data-metric]");

const open = (input, shown) => {
  listOf(input).hidden = !shown;
  input.setAttribute("aria-expanded", String(shown));
  if (!shown) input.removeAttribute("aria-activedescendant");
};

const activate = (input, option) => {
  for (const each of options(input)) each.setAttribute("aria-selected", String(each === option));
  if (!option) return;
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
};

const pick = (input, option) => {
  input.value = option.dataset.keyPath;
  open(input, false);
  addRoom(input);
  input.dispatchEvent(new Event("change", { bubbles: true }));
};

// There is always one empty input more, so that a sum of many metrics needs no other button.
const addRoom = (input) => {
  const room = input.closest("[data-keys]");
  if (!room) return;
  const all = [...room.querySelectorAll("input[data-metric]")];
  if (all.some((each) => !each.value.trim())) return;
  const number = all.length + 1;
  const copy = all[0].closest(".key").cloneNode(true);
  const [box, list] = [copy.querySelector("input"), copy.querySelector("ul")];
  const name = `${box.name}-${number}`;
  box.id = name;
  box.value = "";
  box.dataset.metric = `${name}-found`;
  box.setAttribute("aria-controls", `${name}-found`);
  box.setAttribute("aria-label", box.getAttribute("aria-label").replace(/\d+/, number));
  box.setAttribute("hx-target", `#${name}-found`);
  list.id = `${name}-found`;
  list.replaceChildren();
  list.hidden = true;
  room.append(copy);
  htmx.process(copy);
};

const dress = (input) => {
  input.removeAttribute("list");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", input.dataset.metric);
};

pickers().forEach(dress);

document.addEventListener("htmx:afterSwap", (event) => {
  const list = event.detail.target;
  const input = list.id && document.querySelector(`input[data-metric="${list.id}"]`);
  if (!input) return;
  options(input).forEach((option, at) => { option.id = `${list.id}-${at}`; });
  if (input === document.activeElement) open(input, true);
});

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches || !input.matches("input[data-metric]")) return;
  const all = options(input);
  const at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
  const shown = !listOf(input).hidden;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!shown) return void input.dispatchEvent(new Event("search-metrics"));
    const next = event.key === "ArrowDown" ? at + 1 : at - 1;
    activate(input, all[(next + all.length) % all.length]);
  } else if (event.key === "Enter" && shown) {
    event.preventDefault();
    if (all[at]) pick(input, all[at]);
  } else if (event.key === "Escape" && shown) {
    open(input, false);
  }
});

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest(".found [data-key-path]");
  if (!option) return;
  event.preventDefault();
  pick(document.querySelector(`input[data-metric="${option.closest(".found").id}"]`), option);
});

document.addEventListener("focusout", (event) => {
  if (event.target.matches("input[data-metric]")) {
    open(event.target, false);
    addRoom(event.target);
  }
});

// A check that failed must not look like a good one.
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    const part = event.detail.target;
    if (!part) return;
    const text = document.createElement("p");
    text.className = "told wrong";
    text.textContent = "The server did not answer: what is shown may be old. Saving checks it again.";
    part.prepend(text);
  });
}
