// What happened to a case opens at its newest end, and stays where somebody reads.
"use strict";

(() => {
  const pane = () => document.getElementById("cf-timeline");
  const newest = () => pane()?.scrollTo({ top: pane().scrollHeight });

  document.addEventListener("DOMContentLoaded", () => {
    if (!new URLSearchParams(location.search).has("all")) newest();
  });
  document.addEventListener("htmx:afterSwap", (event) => ["case", "cf-timeline"].includes(event.target.id) && newest());
})();
