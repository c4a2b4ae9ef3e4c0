// The list one came from: J and K walk it, Q leads back to it, and it opens again where it was left.
// Kept in this tab: {address, title, references, more}.
"use strict";

(() => {
  const KEY = "cf-list", PLACE = "cf-place";
  const read = (key) => JSON.parse(sessionStorage.getItem(key) || "null");
  const links = () => [...document.querySelectorAll("[data-row] a[data-open]")];
  const referenceOf = (address) => (new URL(address, location).pathname.match(/\/cases\/([^/]+)\/$/) || [])[1] || "";
  const here = () => location.pathname + location.search;
  let onward = false; // what is being sent asks for the next case after it

  // --- on a list ---------------------------------------------------------------------------------------

  function remember(link) {
    const references = [...new Set(links().map((one) => referenceOf(one.href)).filter(Boolean))];
    const more = document.querySelector("[data-more]")?.getAttribute("hx-get") || "";
    const title = document.querySelector("[data-list]")?.dataset.list || "";
    sessionStorage.setItem(KEY, JSON.stringify({ address: here(), title, references, more }));
    const place = { address: here(), count: links().length, reference: referenceOf(link.href) };
    sessionStorage.setItem(PLACE, JSON.stringify(place));
  }

  // Back on the list: as many rows as there were, and the one that was opened is marked.
  function returnTo() {
    const place = read(PLACE);
    if (!place || place.address !== here() || !links().length) return;
    const more = document.querySelector("[data-more]");
    if (more && links().length < place.count) {
      document.addEventListener("htmx:afterSettle", returnTo, { once: true });
      more.click();
      return;
    }
    sessionStorage.removeItem(PLACE);
    const link = links().find((one) => referenceOf(one.href) === place.reference);
    link?.focus({ preventScroll: true });
    link?.closest("[data-row]").scrollIntoView({ block: "center" });
  }

  // --- on a case ---------------------------------------------------------------------------------------

  // The references before and after this one in the list, or what the server names: the reader's own queue.
  function neighbours() {
    const list = read(KEY), at = list ? list.references.indexOf(referenceOf(location.href)) : -1;
    if (at < 0) return null;
    return { list, at, before: list.references[at - 1] || "", after: list.references[at + 1] || "" };
  }

  const address = (reference) => (reference ? location.pathname.replace(/\/cases\/[^/]+\//, `/cases/${reference}/`) : "");

  async function longer({ list, at, after }) {
    if (after || !list.more || at < 0) return;
    const got = await fetch(list.more, { headers: { "HX-Request": "true" }, redirect: "manual" });
    if (!got.ok) return;
    const page = document.createElement("table");
    page.innerHTML = await got.text();
    list.references.push(...[...page.querySelectorAll("a[data-open]")].map((one) => referenceOf(one.href)));
    list.more = page.querySelector("[data-more]")?.getAttribute("hx-get") || "";
    sessionStorage.setItem(KEY, JSON.stringify(list));
    paint();
  }

  function paint() {
    const found = neighbours();
    if (!found) return;
    for (const [key, reference] of [["k", found.before], ["j", found.after]]) {
      const link = document.querySelector(`a[data-hotkey="${key}"]`);
      if (!link) continue;
      link.hidden = !reference;
      if (reference) link.href = address(reference);
    }
    const back = document.querySelector("a[data-hotkey=q]"), label = document.querySelector("[data-walk]");
    if (back) back.href = found.list.address;
    if (label) label.textContent = `${found.list.title} ${found.at + 1} / ${found.list.references.length}${found.list.more ? "+" : ""}`;
    for (const button of document.querySelectorAll("[data-onward]")) button.hidden = !found.after;
    longer(found);
  }

  function step(by) {
    const all = links();
    if (!all.length) return false;
    const at = all.indexOf(document.activeElement);
    all[Math.min(Math.max(at + by, 0), all.length - 1)].focus();
    return true;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-row] a[data-open]");
    if (link) remember(link);
    if (event.target.closest?.("[data-onward]")) onward = true;
  }, true);
  document.addEventListener("DOMContentLoaded", () => {
    returnTo();
    paint();
    document.querySelector(".cf-tabs a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  });
  document.addEventListener("htmx:afterSwap", paint);

  sqm.walk = {
    step,
    goOn: () => { onward = true; },
    // the address to go on to, once, after what was sent is stored
    onward() {
      const wanted = onward && neighbours()?.after;
      onward = false;
      return wanted ? address(wanted) : "";
    },
  };
})();
