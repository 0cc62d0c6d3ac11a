// Loads the islands and hands each its element, parents before children. `__JS__` and `__WASM__` become hashed names
// when the site is built. The page works without this file.
import * as islands from "./__JS__";

const walk = async (node) => {
  if (node.tagName === "LEPTOS-ISLAND") {
    const island = islands[node.dataset.component];
    if (island) await island(node);
    // Page and islands are from different builds: the page goes on as it was served, and says so to whoever looks.
    else console.error(`no island ${node.dataset.component}`);
  }
  for (const child of [...node.children]) await walk(child);
};

await islands.default({ module_or_path: new URL("./__WASM__", import.meta.url) });
islands.hydrate();
await walk(document.body);
document.documentElement.setAttribute("data-hydrated", "");
