/* SPDX-License-Identifier: MIT
 *
 * The timeline: live bytes, resident size, allocation rate and faults over time, and a brush on it. Without
 * samples it has the process's own levels, which no range can be chosen from. */

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
  const isCoarse = !model.samples.count;
  return makeChartOf(isCoarse ? {meta: model.meta, samples: model.levels} : model, isCoarse ? null : onRange);
}

function makeChartOf(model, onRange) {
  const canvas = make('canvas', {'aria-hidden': 'true'});
  const element = make('div', {class: 'chart'}, canvas);
  const chart = {element, canvas, model, isCoarse: !onRange, range: null, drag: null, hover: null};
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
    if (event.button !== 0 || !onRange) return;
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

/* The last sample of a process has no resident size: it has ended. Null: none has one. */
function sizePoints(model, sizes) {
  if (!sizes.some((size) => size > 0)) return null;
  const points = new Float64Array(model.samples.count + 1);
  for (let i = 0; i < model.samples.count; i++) points[i + 1] = sizes[i] || points[i];
  points[0] = points[1] || 0;
  return points;
}

/* Faults that needed no disk, for each point since the one before it. Those before the first one are
 * of the program's start. */
function faultPoints(model) {
  const {minor} = model.samples.sets[0];
  const points = new Float64Array(model.samples.count + 1);
  for (let i = 1; i < model.samples.count; i++) points[i + 1] = Math.max(0, minor[i] - minor[i - 1]);
  return points;
}

/* The levels as a series: what was allocated between two of them is not known. */
function levelSeries(model) {
  const {count, sets} = model.samples;
  const live = new Float64Array(count + 1);
  live.set(sets[0].live, 1);
  return {live, allocated: new Float64Array(count + 1)};
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

/* What came between one point and the next, each as its rate, by the greatest one. */
function rates(model, values) {
  const out = new Float64Array(values.length);
  let most = 0;
  for (let point = 1; point < values.length; point++) {
    out[point] = values[point] / Math.max(1, pointTime(model, point) - pointTime(model, point - 1));
    most = Math.max(most, out[point]);
  }
  return most ? out.map((rate) => rate / most) : null;
}

function drawRates(context, chart, colours) {
  const {model} = chart;
  const bottom = CHART.top + CHART.live + 4 + CHART.rate;
  const allocated = rates(model, chart.series[0].allocated);
  context.fillStyle = colours.rate;
  for (let point = 1; allocated && point <= model.samples.count; point++) {
    const x = chart.toX(pointTime(model, point - 1));
    const height = allocated[point] * CHART.rate;
    context.fillRect(x, bottom - height, Math.max(1, chart.toX(pointTime(model, point)) - x - 0.5), height);
  }
  const faults = rates(model, chart.faults);
  context.strokeStyle = colours.rss;
  if (faults) drawSteps(context, chart, faults, CHART.rate, bottom, false);
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
    const size = (name, sizes) => sizes && sizes[point] ? '   ' + name + ' ' + formatBytes(sizes[point]) : '';
    const text = formatTime(pointTime(model, point)) + '   live ' + formatBytes(chart.series[0].live[point]) + size('RSS', chart.rss) + size('PSS', chart.pss) + (chart.faults[point] ? '   ' + formatCount(chart.faults[point]) + ' page faults' : '');
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
  if (shown.length !== 1 || !shown[0].peakAt || chart.model.meta.selection) return;
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

function readChart(chart, kind) {
  const {model} = chart;
  const sets = model.meta.diff && !chart.isCoarse ? [0, 1] : [0];
  const {rss, pss} = model.samples.sets[0];
  const peaks = model.meta.processes.filter((process) => process.set === 0).map((process) => process.peak);
  chart.kind = kind;
  chart.series = chart.isCoarse ? [levelSeries(model)] : sets.map((set) => chartSeries(model, kind, set));
  chart.rss = sizePoints(model, rss);
  chart.pss = sizePoints(model, pss);
  chart.faults = faultPoints(model);
  const most = (list) => list ? list.reduce((one, other) => Math.max(one, other), 0) : 0;
  chart.most = 1.06 * Math.max(1, most(chart.rss), most(chart.pss), ...chart.series.map((one) => most(one.live)), kind === 0 && peaks.length === 1 && !model.meta.selection ? peaks[0] : 0);
}

function drawChart(chart, kind, colours) {
  chart.width = chart.element.clientWidth;
  chart.height = CHART.top + CHART.live + 8 + CHART.rate + CHART.axis;
  const context = fitCanvas(chart.canvas, chart.width, chart.height);
  if (chart.kind !== kind) readChart(chart, kind);
  const scale = CHART.live / chart.most;
  const bottom = CHART.top + CHART.live;
  const line = (values, colour, dashes) => {
    if (!values) return;
    context.strokeStyle = colour;
    context.setLineDash(dashes);
    drawSteps(context, chart, values, scale, bottom, false);
  };
  context.clearRect(0, 0, chart.width, chart.height);
  drawAxes(context, chart, chart.most, scale, colours);
  context.fillStyle = colours.live;
  context.globalAlpha = 0.75;
  drawSteps(context, chart, chart.series[0].live, scale, bottom, true);
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  line(chart.series[0].live, colours.liveLine, []);
  line(chart.rss, colours.rss, [5, 3]);
  line(chart.pss, colours.pss, [1, 3]);
  line(chart.series[1]?.live, colours.dim, [2, 2]);
  context.setLineDash([]);
  context.lineWidth = 1;
  drawRates(context, chart, colours);
  if (kind === 0) drawPeak(context, chart, colours, scale);
  drawBrush(context, chart, colours);
}
