// Undo is a delay, not a reversal: a form[data-hold] is kept back some seconds, and goes at once when the page is left
// or something else is done on it. One is held at a time.
"use strict";

(() => {
  const { words } = sqm;
  let held = null; // {url, draft, body, values, dialog, nodes, bar, timer, clock}

  function hold(form) {
    const seconds = Number(form.dataset.hold), dialog = form.closest("dialog");
    const label = form.querySelector("[data-says]")?.textContent || form.dataset.label;
    held = { url: form.action, draft: form.dataset.draft, sent: Object.fromEntries(new FormData(form)), values: sqm.drafts.valuesOf(form) };
    if (held.draft) sqm.drafts.park(form);
    if (dialog) {
      Object.assign(held, { dialog, nodes: [...dialog.childNodes] });
      dialog.close();
      dialog.replaceChildren();
    } else {
      form.reset();
    }
    document.activeElement?.blur();
    const until = Date.now() + seconds * 1000;
    held.bar = sqm.toast(label, [[words().undo, "z", undo], [words().now, "", send]]);
    const left = Object.assign(document.createElement("b"), { className: "cf-num" });
    held.bar.prepend(left);
    const tick = () => { left.textContent = Math.max(0, Math.ceil((until - Date.now()) / 1000)); };
    tick();
    held.clock = setInterval(tick, 250);
    held.timer = setTimeout(send, seconds * 1000);
  }

  function release() {
    const one = held;
    held = null;
    if (one) {
      clearTimeout(one.timer);
      clearInterval(one.clock);
      one.bar.remove();
    }
    return one;
  }

  function undo() {
    const one = release();
    if (!one) return;
    if (one.draft) sqm.drafts.unpark(one.draft);
    if (one.nodes) {
      one.dialog.replaceChildren(...one.nodes);
      sqm.drawer.open();
      return;
    }
    const form = document.querySelector(`form[data-draft="${CSS.escape(one.draft || "")}"]`);
    if (!form) return;
    sqm.composer.show(form.dataset.panel);
    sqm.drafts.fillIn(form, one.values);
  }

  // Resolves to whether the server took it; what it refuses stands in the drawer.
  function send() {
    const one = release();
    if (!one) return Promise.resolve(true);
    one.sent.csrfmiddlewaretoken = sqm.token() || one.sent.csrfmiddlewaretoken;
    const box = sqm.drawer.box();
    return new Promise((resolve) => {
      const heard = (event) => {
        if (new URL(event.detail.requestConfig.path, location).href !== one.url) return;
        document.removeEventListener("htmx:afterRequest", heard);
        const done = event.detail.xhr.getResponseHeader("X-Fragment") === "done";
        // only then does htmx listen to what was drawn anew
        if (done) document.addEventListener("htmx:afterSettle", () => resolve(true), { once: true });
        else resolve(false);
      };
      document.addEventListener("htmx:afterRequest", heard);
      htmx.ajax("POST", one.url, { source: box, target: box, values: one.sent });
    });
  }

  // What was pressed meanwhile, on the page as it is after that: found by what it does.
  function repeat(element) {
    const mark = element.dataset?.hotkey ? `[data-hotkey="${CSS.escape(element.dataset.hotkey)}"]`
      : element.matches("form") ? `form[action="${CSS.escape(element.getAttribute("action"))}"]`
        : element.hasAttribute("hx-get") ? `[hx-get="${CSS.escape(element.getAttribute("hx-get"))}"]` : "";
    const found = mark && document.querySelector(mark);
    if (found?.matches("form")) found.requestSubmit();
    else found?.click();
  }

  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
    const ways = form.dataset.ways?.split(" "); // where a colleague has spoken already, nothing is left to undo
    const goes = !ways || ways.includes(form.elements.method?.value);
    if (held) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const pressed = event.submitter?.dataset.hotkey ? event.submitter : form;
      send().then((done) => done && repeat(pressed));
    } else if (form.dataset.hold && goes) {
      event.preventDefault();
      event.stopImmediatePropagation();
      hold(form);
    }
  }, true);

  document.addEventListener("htmx:confirm", (event) => {
    const element = event.detail.elt;
    if (!held || "quiet" in element.dataset) return;
    event.preventDefault();
    send().then((done) => done && repeat(element));
  });

  window.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!held || !link || link.target || event.ctrlKey || event.metaKey || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send().then((done) => done && location.assign(link.href));
  }, true);

  addEventListener("pagehide", () => {
    const one = release();
    if (one) fetch(one.url, { method: "POST", body: new URLSearchParams(one.sent), keepalive: true, redirect: "manual" });
  });

  sqm.sending = { now: () => (held ? send() : Promise.resolve(true)), holds: () => !!held };
})();
