// What the scripts of the desk share: the words of the page (#cf-words), its token, and telling people something.
"use strict";

const sqm = {
  words: () => document.getElementById("cf-words")?.dataset || {},

  fill: (template, values) => (template || "").replace(/\{(\w+)\}/g, (_, name) => values[name]),

  // An alert that goes by itself; with buttons ([text, key, act], ...) it stays until it is taken away.
  toast(text, buttons = []) {
    const box = document.getElementById("cf-toasts"), note = document.createElement("div");
    if (!box || !text) return note;
    note.setAttribute("role", buttons.length ? "status" : "alert");
    note.append(Object.assign(document.createElement("span"), { textContent: text }));
    for (const [label, key, act] of buttons) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      if (key) {
        button.dataset.hotkey = key;
        button.append(" ", Object.assign(document.createElement("kbd"), { textContent: key.toUpperCase() }));
      }
      button.addEventListener("click", act);
      note.append(button);
    }
    box.append(note);
    // a dialog lies above everything else on the page
    if (box.showPopover) { box.popover = "manual"; if (box.matches(":popover-open")) box.hidePopover(); box.showPopover(); }
    if (!buttons.length) setTimeout(() => note.remove(), 8000);
    return note;
  },

  token: () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || "",

  // After a login the old tokens of the page are worth nothing.
  renewTokens() {
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = sqm.token() || field.value;
  },
};
