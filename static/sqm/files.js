// Files dropped anywhere on the page of a case open its dialog with them in it; what is downloaded leaves no dialog behind.
"use strict";

(() => {
  const zone = () => document.querySelector("[data-drop]");
  const brings = (event) => !!zone() && !!event.dataTransfer?.types.includes("Files");
  let waiting = null; // what was dropped, until the dialog is there

  function mark(over) {
    zone()?.classList.toggle("cf-over", over);
  }

  function put(files) {
    const field = document.querySelector("#cf-drawer form[data-files] input[type=file]");
    if (!field) return false;
    const chosen = new DataTransfer();
    for (const file of files) chosen.items.add(file);
    field.files = chosen.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  document.addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault(); // else the browser leaves the page and opens the file
    mark(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || mark(false));
  document.addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    mark(false);
    waiting = [...event.dataTransfer.files];
    if (put(waiting)) waiting = null;
    else htmx.ajax("GET", zone().dataset.drop, { target: "#cf-drawer", source: document.body });
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (waiting && event.target.id === "cf-drawer" && put(waiting)) waiting = null;
  });

  document.addEventListener("submit", (event) => {
    if ("saves" in event.target.dataset) setTimeout(() => event.target.closest("dialog")?.close(), 300);
  });
})();
