// The dialogs: where they open and close, and that nothing half filled in goes with them.
"use strict";

(() => {
  const drawer = () => document.getElementById("cf-drawer");

  function open() {
    const box = drawer();
    sqm.drafts.restore(box);
    if (!box.open) box.showModal();
    const wrong = box.querySelector("[aria-invalid=true], [autofocus]");
    const chosen = box.querySelector("form input[type=radio]:checked");
    const fields = [...box.querySelectorAll("form :is(select, input, textarea):not([type=hidden], [hidden] *)")];
    const preset = (one) => (one.closest(".cf-combo")?.querySelector("select") || (one.tagName === "SELECT" && one))?.value;
    const first = fields.find((one) => !preset(one)) || fields[0];
    const field = wrong || (first?.type === "radio" && chosen) || first || box.querySelector("button[type=submit]");
    field?.focus();
  }

  function close(box) {
    if (box === drawer() && sqm.drafts.dirty(box.querySelector("form[data-draft]"))) sqm.toast(sqm.words().kept);
    box?.close();
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    if (target.closest("[data-close]")) close(target.closest("dialog"));
    // a press beside the drawer closes it, but not over what is half filled in
    if (target === drawer()) sqm.drafts.dirty(target.querySelector("form")) ? sqm.toast(sqm.words().unsent) : target.close();
    for (const menu of document.querySelectorAll("details.cf-menu[open]")) {
      if (!menu.contains(target) || target.closest("button")) menu.open = false;
    }
    const more = target.closest("[data-more]");
    if (more) more.disabled = true;
  });

  document.addEventListener("cancel", (event) => {
    if (event.target !== drawer()) return;
    event.preventDefault();
    close(drawer());
  }, true);

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.cf-menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === drawer()) open();
    else if (event.target.id === "case") drawer()?.close();
  });
  document.addEventListener("DOMContentLoaded", () => drawer()?.querySelector("h2") && open());

  sqm.drawer = { box: drawer, open };
})();
