// Ticks in the queue: all at once, a range with Shift, X on a row; and that a tick stays with its incident when rows change
// places. Without this file the boxes are ticked one by one, which is all that the form below them needs.
const bar = document.getElementById("bulk");
const list = bar.previousElementSibling;
const said = bar.querySelector("output");
const picked = new Set();
let last = "";

const boxes = () => [...list.querySelectorAll("input[name=n]")];

const tell = () => {
  const count = picked.size;
  const words = count ? `${count} selected` : "";
  if (said.textContent !== words) said.textContent = words;
  const head = list.querySelector("[data-all]");
  if (!head) return;
  head.checked = count > 0 && count === boxes().length;
  head.indeterminate = count > 0 && !head.checked;
};

const read = () => {
  picked.clear();
  for (const box of boxes()) if (box.checked) picked.add(box.value);
  tell();
};

const tickAll = (on) => {
  for (const box of boxes()) box.checked = on;
  read();
};

// From the box that was last used to this one, all like this one.
const tick = (box, range) => {
  const all = boxes();
  const from = all.findIndex((other) => other.value === last);
  const to = all.indexOf(box);
  if (range && from >= 0) {
    for (const other of all.slice(Math.min(from, to), Math.max(from, to) + 1)) other.checked = box.checked;
  }
  last = box.value;
  read();
};

list.addEventListener("click", (event) => {
  if (event.target.matches("[data-all]")) tickAll(event.target.checked);
  else if (event.target.matches("input[name=n]")) tick(event.target, event.shiftKey);
});

// The key counts only while the focus is in a row.
list.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.altKey || event.metaKey) return;
  const box = event.target.closest("tr")?.querySelector("input[name=n]");
  if (!box) return;
  event.preventDefault();
  box.checked = !box.checked;
  tick(box, event.shiftKey);
});

bar.querySelector("[data-clear]").addEventListener("click", () => tickAll(false));

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && picked.size && !event.defaultPrevented) tickAll(false);
});

// The live list writes other incidents into the same rows.
new MutationObserver(() => {
  const shown = boxes();
  const values = new Set(shown.map((box) => box.value));
  for (const value of [...picked]) if (!values.has(value)) picked.delete(value);
  for (const box of shown) box.checked = picked.has(box.value);
  tell();
}).observe(list, { subtree: true, childList: true, attributeFilter: ["value"] });

document.documentElement.dataset.picks = "";
read();
