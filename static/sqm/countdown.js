// Time left: the server writes it, this keeps it true.
"use strict";

(() => {
  const { words, fill } = sqm;
  const GLYPHS = { ok: "●", risk: "▲", late: "■" };

  function span(minutes) {
    const days = Math.floor(minutes / 1440), hours = Math.floor((minutes % 1440) / 60), rest = minutes % 60;
    const values = { days, hours, minutes: rest };
    return fill(days ? words().days : hours ? words().hours : words().minutes, values);
  }

  function countDown() {
    for (const badge of document.querySelectorAll("[data-due]")) {
      const now = Date.now(), left = Math.floor((Date.parse(badge.dataset.due) - now) / 60000);
      const tone = left < 0 ? "late" : Date.parse(badge.dataset.risk) <= now ? "risk" : "ok";
      badge.className = `cf-sla cf-sla-${tone}`;
      badge.firstElementChild.textContent = GLYPHS[tone];
      badge.lastElementChild.textContent = fill(left < 0 ? words().late : words().left, { span: span(Math.abs(left)) });
    }
  }

  document.addEventListener("htmx:afterSwap", countDown);
  document.addEventListener("DOMContentLoaded", () => {
    countDown();
    setInterval(countDown, 30000);
  });
})();
