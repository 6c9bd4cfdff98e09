// Pictures of a report's tables: each canvas says in data-chart what it shows (labels, and series of bars).
"use strict";

(() => {
  const COLOURS = {
    petrol: "#0e4a4d", good: "#3f8f63", sand: "#d9a441", copper: "#a04a1b", bad: "#ab1f1f", grey: "#a3aaa8",
  };
  const printing = document.querySelector("[data-print]");
  if (printing) {
    printing.hidden = false;
    printing.addEventListener("click", () => window.print());
  }

  // The two dates are asked for only where they count.
  const period = document.querySelector("[data-period]");
  if (period) {
    const choice = period.querySelector("select[name=periodo]");
    const offer = () => {
      for (const field of period.querySelectorAll("[data-dates]")) field.hidden = choice.value !== "fechas";
    };
    choice.addEventListener("change", offer);
    offer();
  }

  if (typeof Chart === "undefined") return;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 13;
  Chart.defaults.color = "#3c4749";
  Chart.defaults.animation = false;

  // Of a bar that lies: in lines, where the whole would leave no room for the bar.
  function name(value) {
    const label = this.getLabelForValue(value);
    return this.chart.width < 420 ? label.match(/\S.{0,15}(?=\s|$)|\S+/g) ?? label : label;
  }

  const drawn = [];
  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    const { labels, series, unit, stacked, lying } = JSON.parse(canvas.dataset.chart);
    const behind = unit ? ` ${unit}` : "";
    const along = { stacked, grid: { display: false }, ticks: lying ? { autoSkip: false, callback: name } : {} };
    const up = {
      stacked,
      beginAtZero: true,
      max: unit === "%" ? 100 : undefined,
      grid: { color: "#e7e2d7" },
      ticks: { precision: 0, callback: (value) => `${value}${behind}` },
    };
    drawn.push(new Chart(canvas, {
      type: "bar",
      data: {
        labels,
        datasets: series.map(({ title, colour, values }) => ({
          label: title, data: values, backgroundColor: COLOURS[colour], borderRadius: 3, maxBarThickness: 34,
        })),
      },
      options: {
        indexAxis: lying ? "y" : "x",
        maintainAspectRatio: false,
        scales: lying ? { x: up, y: along } : { x: along, y: up },
        plugins: {
          legend: { display: series.length > 1, position: "bottom", labels: { boxWidth: 12, boxHeight: 12 } },
          tooltip: { callbacks: { label: (at) => ` ${at.dataset.label}: ${at.formattedValue}${behind}` } },
        },
      },
    }));
    canvas.dataset.drawn = "yes";
  }
  window.addEventListener("beforeprint", () => drawn.forEach((chart) => chart.resize(640, chart.height)));
  window.addEventListener("afterprint", () => drawn.forEach((chart) => chart.resize()));
})();
