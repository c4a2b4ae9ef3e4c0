// What happened to a case opens at its newest end, and stays where somebody reads.
"use strict";

(() => {
  const pane = () => document.getElementById("cf-timeline");
  const newest = () => pane()?.scrollTo({ top: pane().scrollHeight });

  // the box for writing grows and shrinks: whoever saw the newest sees it still
  let last = 0;
  const watch = new ResizeObserver(([entry]) => {
    const box = entry.target, below = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (last && below <= last - box.clientHeight + 8) newest();
    last = box.clientHeight;
  });
  const follow = () => {
    last = 0;
    watch.disconnect();
    if (pane()) watch.observe(pane());
  };

  document.addEventListener("DOMContentLoaded", () => {
    follow();
    if (!new URLSearchParams(location.search).has("all")) newest();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!["case", "cf-timeline"].includes(event.target.id)) return;
    newest();
    follow();
  });
})();
