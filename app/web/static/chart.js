// Draws the series in data-chart: [steps, values], a gap where a value is null.

const HEIGHT = 300;

function colour(name) {
  const probe = document.createElement("span");
  probe.className = `probe-${name}`;
  probe.hidden = true;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function axis(name) {
  const grid = { stroke: colour("line"), width: 1 };
  return { stroke: colour(name), grid, ticks: grid, font: "12px system-ui, sans-serif" };
}

function options(figure, steps) {
  return {
    width: figure.clientWidth - 34,
    height: HEIGHT,
    scales: { x: { time: false } },
    cursor: { points: { size: 7 } },
    axes: [axis("muted"), { ...axis("muted"), size: 70 }],
    series: [
      { label: "step" },
      {
        label: figure.dataset.label,
        stroke: colour("seal"),
        width: 2,
        points: { show: steps.length < 60 },
      },
    ],
  };
}

function draw(figure) {
  const data = JSON.parse(figure.dataset.chart);
  let plot = null;
  const redraw = () => {
    plot?.destroy();
    plot = new window.uPlot(options(figure, data[0]), data, figure);
  };
  redraw();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  window.addEventListener("resize", () =>
    plot.setSize({ width: figure.clientWidth - 34, height: HEIGHT }),
  );
}

for (const figure of document.querySelectorAll("[data-chart]")) {
  draw(figure);
}
