// Keys: one letter outside fields; Alt and a letter, Ctrl+K and Ctrl+Enter everywhere. Enter alone never sends: it
// confirms a pinyin candidate.
"use strict";

(() => {
  const keysOff = () => localStorage.getItem("cf-keys") === "off";
  const inField = (target) => target.closest?.("input, select, textarea, [contenteditable=true]");
  const dialog = () => [...document.querySelectorAll("dialog[open]")].pop();

  function press(key) {
    if (key === "?") return document.getElementById("cf-help")?.showModal();
    if (key === "/") return sqm.finder?.open();
    if (key === "j" && sqm.walk?.step(1)) return undefined;
    if (key === "k" && sqm.walk?.step(-1)) return undefined;
    if (key === "e" && sqm.composer.show("reply")) return undefined;
    if (key === "i" && sqm.composer.show("note")) return undefined;
    if (key === "l" && sqm.composer.show("log_contact")) return undefined;
    const mark = CSS.escape(key);
    return document.querySelector(`[data-hotkey="${mark}"], [data-key="${mark}"]`)?.click();
  }

  // Whoever types on while a dialog is fetched types into it; no letter of theirs is a key meanwhile.
  const fetched = () => document.querySelector('[hx-target="#cf-drawer"].htmx-request');
  let ahead = "";
  document.addEventListener("htmx:afterSettle", (event) => {
    const field = document.activeElement;
    if (event.target === sqm.drawer.box() && ahead && field?.matches("input[type=text], textarea")) {
      field.value += ahead;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    ahead = "";
  });

  // Ctrl+Enter sends the form one is in, else that of the dialog. A part of a form may have a button of its own.
  function submit(field, onward) {
    const form = field?.form || dialog()?.querySelector("form[method=post]");
    if (!form) return;
    const button = field?.closest("[data-part]")?.querySelector("button[type=submit]") || form.querySelector("button.cf-btn-main");
    if (onward) sqm.walk?.goOn();
    form.requestSubmit(button);
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const field = inField(event.target), control = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && control) {
      if (field?.closest("#cf-finder")) return;
      event.preventDefault();
      submit(field, event.shiftKey);
    } else if (control && event.code === "KeyK" && sqm.finder) {
      event.preventDefault();
      event.stopPropagation(); // the theme has a search of its own
      if (!dialog()) sqm.finder.open();
    } else if (event.altKey && !control && ["KeyE", "KeyI", "KeyL"].includes(event.code) && !dialog()) {
      const name = { KeyE: "reply", KeyI: "note", KeyL: "log_contact" }[event.code];
      if (sqm.composer.show(name)) event.preventDefault();
    } else if (field) {
      if (event.key === "Escape" && !field.closest("dialog")) field.blur();
    } else if (!control && !event.altKey && !dialog() && event.key.length === 1 && fetched()) {
      event.preventDefault();
      ahead += event.key;
    } else if (!control && !event.altKey && !dialog() && !keysOff() && /^[a-z?/]$/i.test(event.key)) {
      const before = document.activeElement;
      press(event.key.toLowerCase());
      if (document.activeElement !== before || "?/".includes(event.key)) event.preventDefault();
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.id === "cf-keys") localStorage.setItem("cf-keys", event.target.checked ? "on" : "off");
    if (event.target.closest("[data-submits]")) event.target.form.requestSubmit();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const keys = document.getElementById("cf-keys");
    if (keys) keys.checked = !keysOff();
  });
})();
