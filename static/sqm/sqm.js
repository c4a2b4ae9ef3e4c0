// The desk: countdowns, the drawer, drafts, keys, and saying so when a request fails. Words come from #cf-words.
"use strict";

(() => {
  const words = () => document.getElementById("cf-words")?.dataset || {};
  const fill = (template, values) => (template || "").replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // --- time left: the server writes it, this keeps it true ---------------------------------------------

  const GLYPHS = { ok: "●", risk: "▲", late: "■" };

  function span(minutes) {
    const days = Math.floor(minutes / 1440), hours = Math.floor((minutes % 1440) / 60), rest = minutes % 60;
    const values = { days, hours, minutes: rest };
    return fill(days ? words().days : hours ? words().hours : words().minutes, values);
  }

  function countDown() {
    for (const badge of document.querySelectorAll("[data-due]")) {
      const now = Date.now(), left = Math.floor((Date.parse(badge.dataset.due) - now) / 60000);
      const tone = left < 0 ? "late" : Date.parse(badge.dataset.risk) <= now ? "risk" : "ok";
      badge.className = `cf-sla cf-sla-${tone}`;
      badge.firstElementChild.textContent = GLYPHS[tone];
      badge.lastElementChild.textContent = fill(left < 0 ? words().late : words().left, { span: span(Math.abs(left)) });
    }
  }

  // --- messages -------------------------------------------------------------------------------------------

  function toast(text) {
    const box = document.getElementById("cf-toasts");
    if (!box || !text) return;
    const note = document.createElement("div");
    note.setAttribute("role", "alert");
    note.textContent = text;
    box.append(note);
    setTimeout(() => note.remove(), 8000);
  }

  // --- the drawer -----------------------------------------------------------------------------------------

  const drawer = () => document.getElementById("cf-drawer");

  function openDrawer() {
    const box = drawer();
    restoreDrafts(box);
    if (!box.open) box.showModal();
    (box.querySelector("[aria-invalid=true], [autofocus]") || box.querySelector("form :is(select, input, textarea):not([type=hidden])"))?.focus();
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    if (target.closest("[data-close]") || target === drawer()) target.closest("dialog")?.close();
    for (const menu of document.querySelectorAll("details.cf-menu[open]")) if (!menu.contains(target) || target.closest("button")) menu.open = false;
    const tab = target.closest("[data-shows]");
    if (tab) show(tab.dataset.shows);
    if (target.closest("[data-more]")) target.closest("[data-more]").disabled = true;
  });

  // --- composer ---------------------------------------------------------------------------------------------

  function show(name) {
    const box = document.getElementById("cf-composer");
    if (!box || !box.querySelector(`[data-panel="${name}"]`)) return false;
    box.dataset.shown = name;
    for (const panel of box.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
    for (const tab of box.querySelectorAll("[data-shows]")) tab.setAttribute("aria-selected", tab.dataset.shows === name);
    box.querySelector(`[data-panel="${name}"] textarea`)?.focus();
    return true;
  }

  // It unfolds for whoever writes, and folds when they turn elsewhere with nothing written. Not by :focus-within:
  // a press on a tab would move the tab away before the click.
  document.addEventListener("focusin", (event) => event.target.closest("#cf-composer form")?.parentElement.classList.add("cf-open"));
  document.addEventListener("click", (event) => {
    const box = document.getElementById("cf-composer");
    if (!box || box.contains(event.target) || event.target.closest("dialog")) return;
    if (![...box.querySelectorAll("textarea")].some((area) => area.value)) box.classList.remove("cf-open");
  });

  // --- drafts: kept on this machine until sent or signed out, for whoever wrote them ---------------------------

  const PREFIX = "cf-draft:";
  const ours = () => PREFIX + words().user + ":";
  const draftKey = (area) => ours() + area.form.dataset.draft + ":" + area.name;

  function forget(drafts) {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX) && drafts(key)) localStorage.removeItem(key);
  }

  document.addEventListener("input", (event) => {
    const area = event.target;
    if (area.tagName === "TEXTAREA" && area.form?.dataset.draft) localStorage.setItem(draftKey(area), area.value);
  });

  function restoreDrafts(root) {
    for (const area of root.querySelectorAll("form[data-draft] textarea")) {
      if (!area.value) area.value = localStorage.getItem(draftKey(area)) || "";
    }
  }

  function dropDrafts(form) {
    for (const area of form.querySelectorAll("textarea")) localStorage.removeItem(draftKey(area));
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "logout-form") return;
    forget(() => true);
  });

  // --- htmx: what came back, and what did not ----------------------------------------------------------------

  const FRAGMENT = "X-Fragment"; // the server marks answers that belong on the page, errors included

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (/\/login\//.test(xhr.responseURL)) {
      event.detail.shouldSwap = false;
      toast(words().signedOut);
    } else if (xhr.getResponseHeader(FRAGMENT)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
      if (xhr.getResponseHeader(FRAGMENT) === "done" && requestConfig.elt.dataset.draft) dropDrafts(requestConfig.elt);
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === drawer()) {
      openDrawer();
    } else if (event.target.id === "case") {
      drawer()?.close();
      restoreDrafts(document);
    }
    countDown();
  });
  document.addEventListener("htmx:responseError", (event) => toast(fill(words().failed, { status: event.detail.xhr.status })));
  document.addEventListener("htmx:sendError", () => toast(words().offline));
  document.addEventListener("htmx:timeout", () => toast(words().offline));

  // --- keys: one letter outside fields; Enter alone never sends, it confirms a pinyin candidate -----------------

  const keysOff = () => localStorage.getItem("cf-keys") === "off";
  const inField = (target) => target.closest?.("input, select, textarea, [contenteditable=true]");

  function step(by) {
    const links = [...document.querySelectorAll("[data-row] a[data-open]")];
    if (!links.length) return false;
    const here = links.indexOf(document.activeElement);
    links[Math.min(Math.max(here + by, 0), links.length - 1)].focus();
    return true;
  }

  function search() {
    const box = document.querySelector("[data-search]");
    if (box) box.focus();
    else if (words().cases) location.assign(words().cases);
  }

  function press(key) {
    if (key === "?") return document.getElementById("cf-help")?.showModal();
    if (key === "/") return search();
    if (key === "j" && step(1)) return undefined;
    if (key === "k" && step(-1)) return undefined;
    if (key === "e" && show("reply")) return undefined;
    if (key === "i" && show("note")) return undefined;
    return document.querySelector(`[data-hotkey="${CSS.escape(key)}"]`)?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const field = inField(event.target);
    if (field) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        field.form?.requestSubmit();
      } else if (event.key === "Escape" && !field.closest("dialog")) {
        field.blur();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") || keysOff()) return;
    if (/^[a-z?/]$/i.test(event.key)) {
      const before = document.activeElement;
      press(event.key.toLowerCase());
      if (document.activeElement !== before || event.key === "?") event.preventDefault();
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.id === "cf-keys") localStorage.setItem("cf-keys", event.target.checked ? "on" : "off");
    if (event.target.closest("[data-submits]")) event.target.form.requestSubmit();
  });

  document.addEventListener("DOMContentLoaded", () => {
    const keys = document.getElementById("cf-keys");
    if (keys) keys.checked = !keysOff();
    // who sits here now gets nothing of who sat here before
    if (words().user) forget((key) => !key.startsWith(ours()));
    restoreDrafts(document);
    if (drawer()?.querySelector("form")) openDrawer();
    countDown();
    setInterval(countDown, 30000);
  });
})();
