// A page that holds something half filled in (form[data-guard]) asks before it is left; a form of two parts asks
// before it sends the one and drops the other.
"use strict";

(() => {
  const guarded = () => document.querySelector("form[data-guard]");
  // what the server gave back is filled in, and nothing of it was touched
  const text = (field) => (field.type === "radio" ? field.checked : field.tagName !== "SELECT" && field.value);
  const filled = (field) => sqm.drafts.touched(field) || ("typed" in field.form.dataset && text(field));
  let sent = false, sure = false;

  window.addEventListener("submit", (event) => {
    const form = event.target, part = form.querySelector?.("[data-part]"), box = document.getElementById("cf-halves");
    const wholly = !part || !box || sure || part.contains(event.submitter);
    if (wholly || ![...part.querySelectorAll(":is(input, select, textarea)[name]")].some(filled)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    box.showModal();
    box.querySelector("button").focus();
  }, true);

  // whoever registers a call types at once
  document.addEventListener("DOMContentLoaded", () => {
    const form = guarded();
    (form?.querySelector("[aria-invalid=true]") || form?.querySelector("input[type=text], textarea"))?.focus();
  });

  document.addEventListener("click", (event) => {
    const choice = event.target.closest?.("#cf-halves [data-choice]")?.dataset.choice;
    if (!choice) return;
    event.target.closest("dialog").close();
    const buttons = [...guarded().querySelectorAll("button[type=submit]")];
    sure = choice === "without";
    guarded().requestSubmit(buttons.find((one) => !!one.closest("[data-part]") !== sure));
  });

  window.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target === guarded()) sent = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sent && sqm.drafts.dirty(guarded())) event.preventDefault();
  });
})();
