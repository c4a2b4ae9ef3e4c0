// The box for writing on a case: its tabs, and a button that says to whom it sends, and by what.
"use strict";

(() => {
  const composer = () => document.getElementById("cf-composer");
  let used = ""; // the tab that was used last stays, also after the server drew the case anew

  function show(name, { focus = true } = {}) {
    const box = composer();
    if (!box?.querySelector(`[data-panel="${CSS.escape(name)}"]`)) return false;
    used = box.dataset.shown = name;
    for (const panel of box.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
    for (const tab of box.querySelectorAll("[data-shows]")) tab.setAttribute("aria-selected", tab.dataset.shows === name);
    if (focus) box.querySelector(`[data-panel="${name}"] textarea`)?.focus();
    return true;
  }

  // "Send to the customer by WeChat", or "Record: told by phone" where a colleague speaks and we send nothing.
  function address(form) {
    const method = form.elements.method, words = form.querySelector("[data-says]");
    if (!method || !words || !method.value) return;
    const goes = (form.dataset.ways || "").split(" ").includes(method.value);
    const text = method.selectedOptions ? method.selectedOptions[0].textContent : method.value;
    for (const hint of form.querySelectorAll("[data-undoable]")) hint.hidden = !goes;
    const star = form.elements.evidence?.labels[0]?.querySelector("b"); // what we send proves itself
    if (star) star.hidden = goes;
    words.textContent = sqm.fill(goes ? words.dataset.says : words.dataset.told, { method: text.trim() });
  }

  const addressAll = (root) => root.querySelectorAll("form[data-ways]").forEach(address);

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("[data-shows]");
    if (tab) show(tab.dataset.shows);
    const box = composer();
    if (!box || box.contains(event.target) || event.target.closest?.("dialog")) return;
    if (![...box.querySelectorAll("textarea")].some((area) => area.value)) box.classList.remove("cf-open");
  });
  document.addEventListener("reset", (event) => setTimeout(() => address(event.target)));
  document.addEventListener("change", (event) => event.target.name === "method" && address(event.target.form));

  // It unfolds for whoever writes, and folds when they turn elsewhere with nothing written. Not by :focus-within:
  // a press on a tab would move the tab away before the click.
  document.addEventListener("focusin", (event) => event.target.closest("#cf-composer form")?.parentElement.classList.add("cf-open"));

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "case") {
      if (used) show(used, { focus: false });
      sqm.drafts.restore(document);
    }
    addressAll(document);
  });
  document.addEventListener("DOMContentLoaded", () => addressAll(document));

  sqm.composer = { show };
})();
