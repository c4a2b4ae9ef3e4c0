// Signed out while typing: the password is asked for on this page, and what was being sent goes on. Nothing is lost.
"use strict";

(() => {
  const box = () => document.getElementById("cf-signin");
  let waiting = null;

  // Resolves to whether the same person is signed in again.
  sqm.signIn = () => {
    if (!box()) sqm.toast(sqm.words().signedOut);
    if (!box() || waiting) return Promise.resolve(false);
    return new Promise((resolve) => {
      waiting = resolve;
      box().querySelector("form").reset();
      say("");
      box().showModal();
      box().querySelector("[type=password]").focus();
    });
  };

  function say(text) {
    box().querySelector("[role=alert]").textContent = text;
  }

  function answer(back) {
    const resolve = waiting;
    waiting = null;
    resolve?.(back);
  }

  async function send(form) {
    const words = sqm.words();
    try {
      if (!sqm.token()) await fetch(form.action);
      const sent = new URLSearchParams(new FormData(form));
      sent.set("csrfmiddlewaretoken", sqm.token());
      const got = await fetch(form.action, { method: "POST", body: sent, redirect: "manual" });
      if (got.type !== "opaqueredirect") return say(got.status === 200 ? words.wrong : sqm.fill(words.refused, { status: got.status }));
      sqm.renewTokens();
      answer(true);
      box().close();
    } catch {
      say(words.offline);
    }
    return undefined;
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.closest("#cf-signin")) return;
    event.preventDefault();
    send(event.target);
  });
  document.addEventListener("close", (event) => event.target === box() && answer(false), true);

  // A form that leaves the page asks first: what it holds would be gone with the page.
  let asked = null;
  window.addEventListener("submit", (event) => {
    const form = event.target, probe = sqm.words().probe;
    const plain = form.getAttribute("method") === "post" && form.closest(".cf") && !form.closest("#cf-signin") && !form.hasAttribute("hx-post");
    if (!plain || event.defaultPrevented || !probe || asked === form) return;
    event.preventDefault();
    const submitter = event.submitter;
    fetch(probe, { redirect: "manual" })
      .then((got) => (got.type === "opaqueredirect" ? sqm.signIn() : true))
      .then((inside) => {
        if (!inside) return;
        sqm.renewTokens();
        asked = form;
        form.requestSubmit(submitter);
        asked = null;
      })
      .catch(() => sqm.toast(sqm.words().offline));
  });
})();
