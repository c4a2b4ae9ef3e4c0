// Draws every [data-chart] box from the json_script it names: {"x": [...], "unit",
// "series": [{"name", "type", "data", "target"}]}, a target being a line across.
// The numbers stand in a table below the box, so the picture is never the only place.
"use strict";

(() => {
  const dark = () => document.documentElement.classList.contains("dark");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function option(data) {
    const ink = colour(dark() ? "--color-base-300" : "--color-base-600");
    const line = colour(dark() ? "--color-base-700" : "--color-base-200");
    const axis = { axisLabel: { color: ink }, axisLine: { lineStyle: { color: line } } };
    const unit = data.unit || "";
    return {
      aria: { enabled: true, decal: { show: true } },
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      color: ["#2563eb", "#d97706", "#16a34a", "#9333ea", "#64748b"],
      grid: { left: 12, right: 24, top: 40, bottom: 8, containLabel: true },
      legend: { type: "scroll", top: 4, textStyle: { color: ink } },
      tooltip: { trigger: "axis", renderMode: "richText" }, // the HTML one writes inline styles
      xAxis: { type: "category", data: data.x, ...axis },
      yAxis: {
        type: "value", min: data.min, max: data.max, ...axis,
        axisLabel: { color: ink, formatter: (value) => value + unit }, splitLine: { lineStyle: { color: line } },
      },
      series: data.series.map((row) => ({
        ...row, connectNulls: false, showSymbol: row.data.length < 40, ...(row.target === undefined ? {} : across(row)),
      })),
    };
  }

  // In the colour of the series, without a number of its own: the tile above says it.
  const across = (row) => ({
    markLine: {
      silent: true, symbol: "none", label: { show: false }, lineStyle: { type: "dashed", opacity: 0.6 },
      data: [{ yAxis: row.target }],
    },
  });

  function draw() {
    for (const box of document.querySelectorAll("[data-chart]")) {
      const source = document.getElementById(box.dataset.chart);
      if (!source) continue;
      const chart = echarts.getInstanceByDom(box) || echarts.init(box, null, { renderer: "svg" });
      chart.setOption(option(JSON.parse(source.textContent)), true);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    draw();
    new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  });
  window.addEventListener("resize", () => {
    for (const box of document.querySelectorAll("[data-chart]")) echarts.getInstanceByDom(box)?.resize();
  });
  document.addEventListener("htmx:afterSwap", draw);
})();
