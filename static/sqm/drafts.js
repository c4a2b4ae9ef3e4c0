// What is half filled in: kept on this machine until it is sent or the person signs out, for whoever wrote it.
// A draft is all fields of a form[data-draft]. What is on its way (held, or the page was left) is parked beside it.
"use strict";

(() => {
  const PREFIX = "cf-draft:", PARKED = "cf-parked:";
  const ours = (prefix) => prefix + sqm.words().user + ":";
  const said = (key) => JSON.parse(localStorage.getItem(key) || "null");
  const fields = (form) => [...form.elements].filter((one) => one.name && !["hidden", "submit", "password"].includes(one.type));

  function untouched(one) {
    if (one.type === "radio" || one.type === "checkbox") return one.checked === one.defaultChecked;
    if (one.tagName !== "SELECT") return one.value === one.defaultValue;
    const preset = [...one.options].findIndex((option) => option.defaultSelected);
    return one.selectedIndex === Math.max(preset, 0);
  }

  // Whether something would be lost: typed in here, or sent and given back by the server.
  const dirty = (form) => !!form && ("typed" in form.dataset || fields(form).some((one) => !untouched(one)));

  function valuesOf(form) {
    const values = {};
    for (const one of fields(form)) {
      if (one.type === "checkbox") values[one.name] = one.checked;
      else if (one.type !== "radio" || one.checked) values[one.name] = one.value;
    }
    return values;
  }

  function fillIn(form, values) {
    for (const one of fields(form)) {
      if (!(one.name in values)) continue;
      if (one.type === "checkbox") one.checked = values[one.name];
      else if (one.type === "radio") one.checked = one.value === values[one.name];
      else one.value = values[one.name];
      one.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  function keep(form) {
    const key = ours(PREFIX) + form.dataset.draft;
    if (dirty(form)) localStorage.setItem(key, JSON.stringify(valuesOf(form)));
    else localStorage.removeItem(key);
  }

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => event.target.form?.dataset.draft && keep(event.target.form));
  }

  function restore(root) {
    for (const form of root.querySelectorAll("form[data-draft]:not([data-typed])")) {
      const values = said(ours(PREFIX) + form.dataset.draft);
      if (!values) continue;
      fillIn(form, values);
      for (const line of form.querySelectorAll("[data-restored]")) line.hidden = false;
    }
  }

  // Sent is sent: the draft goes into the car park, and comes back if the server never took it.
  function park(form) {
    localStorage.setItem(ours(PARKED) + form.dataset.draft, JSON.stringify(valuesOf(form)));
    localStorage.removeItem(ours(PREFIX) + form.dataset.draft);
  }

  function unpark(name) {
    const values = localStorage.getItem(ours(PARKED) + name);
    localStorage.removeItem(ours(PARKED) + name);
    return values;
  }

  // A page that was left sent what it held: what stands in the timeline went through, the rest is a draft again.
  function settleParked() {
    const shown = [...document.querySelectorAll("#cf-timeline .cf-text")].map((one) => one.textContent.trim());
    for (const key of Object.keys(localStorage)) {
      const name = key.slice(ours(PARKED).length);
      if (!key.startsWith(ours(PARKED)) || !location.pathname.includes(`/${name.split(":")[0]}/`)) continue;
      const values = unpark(name);
      const text = JSON.parse(values).text?.trim();
      if (text && !shown.includes(text)) localStorage.setItem(ours(PREFIX) + name, values);
    }
  }

  // The server took it. What was parked was sent; what was written since then is another draft.
  function drop(name) {
    if (!unpark(name)) localStorage.removeItem(ours(PREFIX) + name);
  }

  // The server refused it: a draft again.
  function back(name) {
    const values = unpark(name);
    if (values) localStorage.setItem(ours(PREFIX) + name, values);
  }

  function forget(wanted) {
    for (const key of Object.keys(localStorage)) {
      if ((key.startsWith(PREFIX) || key.startsWith(PARKED)) && wanted(key)) localStorage.removeItem(key);
    }
  }

  document.addEventListener("click", (event) => {
    const form = event.target.closest?.("[data-forget]")?.form;
    if (!form) return;
    drop(form.dataset.draft);
    form.reset();
    for (const line of form.querySelectorAll("[data-restored]")) line.hidden = true;
  });
  document.addEventListener("submit", (event) => event.target.id === "logout-form" && forget(() => true));

  document.addEventListener("DOMContentLoaded", () => {
    // who sits here now gets nothing of who sat here before
    if (sqm.words().user) forget((key) => !key.startsWith(ours(PREFIX)) && !key.startsWith(ours(PARKED)));
    settleParked();
    restore(document);
  });

  const touched = (one) => !untouched(one);
  sqm.drafts = { back, dirty, drop, fillIn, park, restore, touched, unpark, valuesOf };
})();
