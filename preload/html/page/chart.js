/* SPDX-License-Identifier: MIT
 *
 * The timeline: live bytes, resident size, allocation rate and faults over time, and a brush on it. */

const CHART = {top: 6, live: 92, rate: 20, axis: 18, left: 58, right: 10};

function fitCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = width + 'px';
    canvas.style.height = height + 'px';
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/* Steps of 1, 2 or 5 times a power of the base's unit, at most so many. */
function niceStep(most, steps, isBytes) {
  let step = 1;
  const factors = isBytes ? [2] : [2, 2.5, 2];
  for (let i = 0; most / step > steps; i++) step *= factors[i % factors.length];
  return step;
}

function makeChart(model, onRange) {
  const canvas = make('canvas', {'aria-hidden': 'true'});
  const element = make('div', {class: 'chart'}, canvas);
  const chart = {element, canvas, model, range: null, drag: null, hover: null};
  const end = pointTime(model, model.samples.count) || 1;
  const toX = (ns) => CHART.left + (chart.width - CHART.left - CHART.right) * ns / end;
  const toTime = (x) => Math.max(0, Math.min(end, (x - CHART.left) / (chart.width - CHART.left - CHART.right) * end));
  Object.assign(chart, {end, toX, toTime, width: 600});
  listenToBrush(chart, onRange);
  return chart;
}

/* A press begins a range, near an edge it moves that edge; a click takes the range away. */
function listenToBrush(chart, onRange) {
  const {canvas, model} = chart;
  const xOf = (event) => event.clientX - canvas.getBoundingClientRect().left;
  const rangeOf = () => {
    const [one, other] = [nearestPoint(model, chart.toTime(chart.drag.from)), nearestPoint(model, chart.toTime(chart.drag.to))];
    return one === other ? null : [Math.min(one, other), Math.max(one, other)];
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    const x = xOf(event);
    chart.drag = {from: x, to: x, moved: false};
    if (chart.range) {
      const edges = chart.range.map((point) => chart.toX(pointTime(model, point)));
      const near = edges.findIndex((edge) => Math.abs(edge - x) < 6);
      if (near >= 0) Object.assign(chart.drag, {from: edges[1 - near], moved: true});
    }
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    chart.hover = xOf(event);
    if (chart.drag) {
      chart.drag.to = xOf(event);
      chart.drag.moved ||= Math.abs(chart.drag.to - chart.drag.from) > 3;
      if (chart.drag.moved) {
        const range = rangeOf();
        if (JSON.stringify(range) !== JSON.stringify(chart.range)) onRange(range, false);
      }
    }
    chart.draw();
  });
  canvas.addEventListener('pointerup', () => {
    if (!chart.drag) return;
    const range = chart.drag.moved ? rangeOf() : null;
    chart.drag = null;
    onRange(range, true);
  });
  canvas.addEventListener('pointerleave', () => {
    chart.hover = null;
    chart.draw();
  });
}

function drawSteps(context, chart, values, scale, bottom, isFilled) {
  const {model} = chart;
  context.beginPath();
  context.moveTo(chart.toX(0), bottom - values[0] * scale);
  for (let point = 1; point <= model.samples.count; point++)
    context.lineTo(chart.toX(pointTime(model, point)), bottom - values[point] * scale);
  if (isFilled) {
    context.lineTo(chart.toX(chart.end), bottom);
    context.lineTo(chart.toX(0), bottom);
    context.fill();
  } else {
    context.stroke();
  }
}

/* The last sample of a process has no resident size: it has ended. */
function rssPoints(model, set) {
  const {rss} = model.samples.sets[set];
  const points = new Float64Array(model.samples.count + 1);
  for (let i = 0; i < model.samples.count; i++) points[i + 1] = rss[i] || points[i];
  points[0] = points[1] || 0;
  return points;
}

function drawAxes(context, chart, most, scale, colours) {
  const bottom = CHART.top + CHART.live;
  context.font = '11px system-ui, sans-serif';
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const step = niceStep(most, 4, true);
  for (let value = 0; value <= most; value += step) {
    const y = Math.round(bottom - value * scale) + 0.5;
    context.strokeStyle = colours.line;
    context.beginPath();
    context.moveTo(CHART.left, y);
    context.lineTo(chart.width - CHART.right, y);
    context.stroke();
    context.fillStyle = colours.dim;
    context.fillText(formatBytes(value), CHART.left - 6, Math.max(y, 8));
  }
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  const time = niceStep(chart.end, Math.max(2, chart.width / 130), false);
  for (let at = 0; at <= chart.end; at += time) {
    const x = chart.toX(at);
    const text = formatTime(at);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(Math.max(x, CHART.left + half), chart.width - CHART.right - half), chart.height - 4);
  }
}

function drawRates(context, chart, series, colours) {
  const {model} = chart;
  const bottom = CHART.top + CHART.live + 4 + CHART.rate;
  let most = 0;
  const rate = (point) => series.allocated[point] / Math.max(1, pointTime(model, point) - pointTime(model, point - 1));
  for (let point = 1; point <= model.samples.count; point++) most = Math.max(most, rate(point));
  context.fillStyle = colours.rate;
  for (let point = 1; point <= model.samples.count && most; point++) {
    const x = chart.toX(pointTime(model, point - 1));
    const height = rate(point) / most * CHART.rate;
    context.fillRect(x, bottom - height, Math.max(1, chart.toX(pointTime(model, point)) - x - 0.5), height);
  }
  drawFaults(context, chart, bottom, colours);
}

/* A mark for each sample with faults that read from a disk. */
function drawFaults(context, chart, bottom, colours) {
  const {major} = chart.model.samples.sets[0];
  context.fillStyle = colours.rss;
  for (let i = 0; i < major.length; i++)
    if (major[i] > (i ? major[i - 1] : 0)) context.fillRect(chart.toX(pointTime(chart.model, i + 1)) - 1, bottom, 2, 4);
}

function drawBrush(context, chart, colours) {
  const {model, range} = chart;
  const bottom = CHART.top + CHART.live + 4 + CHART.rate;
  if (range && !rangeIsWhole(model, range)) {
    const [from, to] = range.map((point) => chart.toX(pointTime(model, point)));
    context.fillStyle = colours.veil;
    context.fillRect(CHART.left, CHART.top, from - CHART.left, bottom - CHART.top);
    context.fillRect(to, CHART.top, chart.width - CHART.right - to, bottom - CHART.top);
    context.fillStyle = colours.accent;
    for (const x of [from, to]) {
      context.fillRect(x - 1, CHART.top, 2, bottom - CHART.top);
      context.fillRect(x - 3, CHART.top + CHART.live / 2 - 10, 6, 20);
    }
  }
  if (chart.hover !== null && chart.hover > CHART.left && chart.hover < chart.width - CHART.right) {
    const point = nearestPoint(model, chart.toTime(chart.hover));
    const x = Math.round(chart.toX(pointTime(model, point))) + 0.5;
    context.strokeStyle = colours.dim;
    context.beginPath();
    context.moveTo(x, CHART.top);
    context.lineTo(x, bottom);
    context.stroke();
    const rss = chart.rss[point];
    const text = formatTime(pointTime(model, point)) + '   live ' + formatBytes(chart.series[0].live[point]) + (rss ? '   RSS ' + formatBytes(rss) : '');
    context.font = '12px system-ui, sans-serif';
    const width = context.measureText(text).width + 12;
    const at = x + 8 + width > chart.width ? x - 8 - width : x + 8;
    context.fillStyle = colours.card;
    context.fillRect(at, CHART.top, width, 20);
    context.strokeRect(Math.round(at) + 0.5, CHART.top + 0.5, Math.round(width), 20);
    context.fillStyle = colours.text;
    context.textAlign = 'left';
    context.fillText(text, at + 6, CHART.top + 14);
  }
}

function drawPeak(context, chart, colours, scale) {
  const shown = chart.model.meta.processes.filter((process) => process.set === 0);
  if (shown.length !== 1 || !shown[0].peakAt) return;
  const x = chart.toX(Math.min(shown[0].peakAt, chart.end));
  const y = CHART.top + CHART.live - shown[0].peak * scale;
  context.fillStyle = colours.text;
  context.beginPath();
  context.arc(x, y, 3, 0, 7);
  context.fill();
  context.font = '11px system-ui, sans-serif';
  context.textAlign = x > chart.width - 80 ? 'right' : 'left';
  context.fillText('peak', x + (x > chart.width - 80 ? -6 : 6), Math.max(y + 4, 13));
}

function drawChart(chart, kind, colours) {
  const {model} = chart;
  chart.width = chart.element.clientWidth;
  chart.height = CHART.top + CHART.live + 8 + CHART.rate + CHART.axis;
  const context = fitCanvas(chart.canvas, chart.width, chart.height);
  const sets = model.meta.diff ? [0, 1] : [0];
  if (chart.kind !== kind) {
    chart.kind = kind;
    chart.series = sets.map((set) => chartSeries(model, kind, set));
    chart.rss = rssPoints(model, 0);
    const peaks = model.meta.processes.filter((process) => process.set === 0).map((process) => process.peak);
    chart.most = Math.max(1, ...chart.rss, ...chart.series.flatMap((one) => [...one.live]), kind === 0 && peaks.length === 1 ? peaks[0] : 0) * 1.06;
  }
  const scale = CHART.live / chart.most;
  const bottom = CHART.top + CHART.live;
  context.clearRect(0, 0, chart.width, chart.height);
  drawAxes(context, chart, chart.most, scale, colours);
  context.fillStyle = colours.live;
  context.globalAlpha = 0.75;
  drawSteps(context, chart, chart.series[0].live, scale, bottom, true);
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  context.strokeStyle = colours.liveLine;
  drawSteps(context, chart, chart.series[0].live, scale, bottom, false);
  context.strokeStyle = colours.rss;
  context.setLineDash([5, 3]);
  if (chart.rss.some((value) => value > 0)) drawSteps(context, chart, chart.rss, scale, bottom, false);
  context.strokeStyle = colours.dim;
  context.setLineDash([2, 2]);
  if (chart.series[1]) drawSteps(context, chart, chart.series[1].live, scale, bottom, false);
  context.setLineDash([]);
  context.lineWidth = 1;
  drawRates(context, chart, chart.series[0], colours);
  if (kind === 0) drawPeak(context, chart, colours, scale);
  drawBrush(context, chart, colours);
}
