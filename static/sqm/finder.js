// One search everywhere, for / and Ctrl+K: cases by number or words, pages, and what can be done. The server finds.
"use strict";

(() => {
  const box = () => document.getElementById("cf-finder");
  const field = () => box().querySelector("input");
  const rows = () => [...box().querySelectorAll("[role=option]")];
  let asking = null, timer = 0, shown = null;

  function choose(index) {
    const all = rows(), wanted = all.length ? all[(index + all.length) % all.length] : null;
    for (const one of all) one.setAttribute("aria-selected", one === wanted);
    wanted?.scrollIntoView({ block: "nearest" });
    if (wanted) field().setAttribute("aria-activedescendant", wanted.id);
    else field().removeAttribute("aria-activedescendant");
  }

  const chosen = () => rows().findIndex((one) => one.getAttribute("aria-selected") === "true");

  async function ask() {
    const words = field().value.trim();
    if (words === shown) return;
    asking?.abort();
    asking = new AbortController();
    try {
      const address = `${box().dataset.find}?${new URLSearchParams({ q: words })}`;
      const got = await fetch(address, { signal: asking.signal, redirect: "manual", headers: { "HX-Request": "true" } });
      if (got.type === "opaqueredirect") return void ((await sqm.signIn()) && ask());
      if (!got.ok) return sqm.toast(sqm.fill(sqm.words().failed, { status: got.status }));
      box().querySelector("[data-found]").innerHTML = await got.text();
      shown = words;
      choose(0);
    } catch (error) {
      if (error.name !== "AbortError") sqm.toast(sqm.words().offline);
    }
    return undefined;
  }

  async function enter(elsewhere) {
    clearTimeout(timer);
    await ask();
    const row = rows()[chosen()];
    if (!row) return;
    if (row.dataset.press) {
      box().close();
      document.querySelector(`[data-hotkey="${CSS.escape(row.dataset.press)}"]`)?.click();
    } else if (elsewhere) {
      window.open(row.href, "_blank", "noopener");
    } else {
      row.click();
    }
  }

  function open() {
    if (!box() || box().open) return;
    box().showModal();
    field().select();
    shown = null;
    ask();
  }

  document.addEventListener("input", (event) => {
    if (event.target.closest("#cf-finder") && !event.isComposing) {
      clearTimeout(timer);
      timer = setTimeout(ask, 200);
    }
  });
  document.addEventListener("compositionend", (event) => event.target.closest("#cf-finder") && ask());
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("#cf-finder") || event.isComposing || event.keyCode === 229) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) choose(chosen() + by);
    else if (event.key === "Enter") enter(event.ctrlKey || event.metaKey);
    if (by || event.key === "Enter") event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target === box()) box().close();
    if (event.target.closest?.("[data-finder]")) open();
    const row = event.target.closest?.("#cf-finder [data-press]");
    if (!row) return;
    event.preventDefault();
    box().close();
    document.querySelector(`[data-hotkey="${CSS.escape(row.dataset.press)}"]:not([role=option])`)?.click();
  });
  // the box of the theme opens ours
  window.addEventListener("opencommand", (event) => {
    event.stopImmediatePropagation();
    open();
  }, true);

  sqm.finder = { open };
})();
