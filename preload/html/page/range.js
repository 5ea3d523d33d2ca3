/* SPDX-License-Identifier: MIT
 *
 * What each row counts, in the whole run or between two points of the timeline. Point 0 is the start, where
 * nothing was allocated; point k is behind sample k - 1. */

const METRICS = {
  peak: {name: 'In use at peak', unit: 'bytes', wholeOnly: true, help: 'bytes held at the moment when the process held most'},
  live: {name: 'Not freed', ranged: 'Live at its end', unit: 'bytes', help: 'bytes allocated and not freed until then'},
  bytes: {name: 'Allocated', ranged: 'Allocated in it', unit: 'bytes', help: 'bytes asked for'},
  freed: {name: 'Freed', ranged: 'Freed in it', unit: 'bytes', help: 'bytes freed, of blocks allocated here'},
  net: {name: 'Net growth', ranged: 'Net growth in it', unit: 'bytes', help: 'allocated minus freed'},
  calls: {name: 'Allocations', ranged: 'Allocations in it', unit: 'count', help: 'calls that allocated'},
  temporary: {name: 'Temporary', unit: 'count', wholeOnly: true, help: 'blocks freed before their thread\u2019s next allocation'},
  slack: {name: 'Slack', unit: 'bytes', wholeOnly: true, help: 'bytes the allocator gave beyond those asked for'},
  copied: {name: 'Copied by realloc', unit: 'bytes', wholeOnly: true, help: 'bytes in blocks that realloc moved'},
};

const rangeIsWhole = (model, range) => !range || (range[0] === 0 && range[1] === model.samples.count);

function metricName(model, metric, range) {
  const entry = METRICS[metric];
  return !rangeIsWhole(model, range) && entry.ranged ? entry.ranged : entry.name;
}

/* Sums per row: in the range, and (live) of all until its end. */
function sumsInRange(model, range) {
  const {rows} = model;
  const samples = changesOf(model);
  const cached = model.rangeSums;
  if (cached && cached.from === range[0] && cached.to === range[1]) return cached;
  const sums = {
    from: range[0], to: range[1], allocations: new Float64Array(rows), bytes: new Float64Array(rows),
    frees: new Float64Array(rows), freed: new Float64Array(rows), live: new Float64Array(rows),
  };
  const {row, start} = samples;
  for (let k = 0; k < start[range[1]]; k++) sums.live[row[k]] += samples.bytes[k] - samples.freed[k];
  for (let k = start[range[0]]; k < start[range[1]]; k++) {
    const at = row[k];
    sums.allocations[at] += samples.allocations[k];
    sums.bytes[at] += samples.bytes[k];
    sums.frees[at] += samples.frees[k];
    sums.freed[at] += samples.freed[k];
  }
  model.rangeSums = sums;
  return sums;
}

function difference(one, other) {
  const out = new Float64Array(one.length);
  for (let i = 0; i < out.length; i++) out[i] = one[i] - other[i];
  return out;
}

/* The metric of each row, regardless of filters. */
function rowValues(model, metric, range) {
  const isWhole = rangeIsWhole(model, range);
  const from = isWhole || METRICS[metric].wholeOnly ? model.row : sumsInRange(model, range);
  switch (metric) {
    case 'calls': return from.allocations;
    case 'live': return isWhole ? difference(from.bytes, from.freed) : from.live;
    case 'net': return difference(from.bytes, from.freed);
    default: return from[metric];
  }
}

/* What the chart draws: live bytes and allocated ones of the class, at each point. */
function chartSeries(model, kind, set) {
  const {row} = model;
  const {count} = model.samples;
  const samples = changesOf(model);
  const live = new Float64Array(count + 1);
  const allocated = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) {
    let net = 0;
    for (let k = samples.start[i]; k < samples.start[i + 1]; k++) {
      const at = samples.row[k];
      if (row.class[at] !== kind || row.set[at] !== set) continue;
      net += samples.bytes[k] - samples.freed[k];
      allocated[i + 1] += samples.bytes[k];
    }
    live[i + 1] = live[i] + net;
  }
  return {live, allocated};
}

/* Allocated bytes that no sample has: of processes that ended before the first one, or had no sampler. */
function bytesWithoutTime(model, kind) {
  const {row, rows} = model;
  const samples = changesOf(model);
  let bytes = 0;
  for (let i = 0; i < rows; i++) if (row.class[i] === kind && !row.set[i]) bytes += row.bytes[i];
  for (let k = 0; k < samples.start[model.samples.count]; k++) if (row.class[samples.row[k]] === kind && !row.set[samples.row[k]]) bytes -= samples.bytes[k];
  return bytes;
}

const pointTime = (model, point) => point ? model.samples.at[point - 1] : 0;

/* The point nearest to a time. */
function nearestPoint(model, ns) {
  let low = 0;
  let high = model.samples.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pointTime(model, middle) < ns) low = middle + 1;
    else high = middle;
  }
  return low > 0 && ns - pointTime(model, low - 1) < pointTime(model, low) - ns ? low - 1 : low;
}

/* A word as a pattern: /between slashes/ as a regular expression, else any text. */
function makeMatcher(word) {
  const pattern = /^\/(.*)\/(i?)$/.exec(word);
  if (pattern) {
    try {
      const expression = new RegExp(pattern[1], pattern[2]);
      return (text) => expression.test(text);
    } catch {
      return () => false;
    }
  }
  const lower = word.toLowerCase();
  return (text) => text.toLowerCase().includes(lower);
}

function matchingFrames(model, word) {
  const matches = new Uint8Array(model.frames);
  const test = makeMatcher(word);
  const byString = new Map();
  for (let i = 0; i < model.frames; i++) {
    const name = model.frame.name[i];
    if (!byString.has(name)) byString.set(name, test(model.strings[name]));
    matches[i] = byString.get(name);
  }
  return matches;
}

/* Which nodes have a frame in their stack that is marked. */
function nodesBelow(model, marked) {
  const below = new Uint8Array(model.nodes);
  for (let i = 1; i < model.nodes; i++) below[i] = marked[model.nodeFrame[i]] | below[model.parent[i]];
  return below;
}

/* 1 for each row that the filters leave. */
function rowMask(model, filters) {
  const {row, rows} = model;
  const mask = new Uint8Array(rows);
  const keep = filters.keep ? nodesBelow(model, matchingFrames(model, filters.keep)) : null;
  const hide = filters.hide ? nodesBelow(model, matchingFrames(model, filters.hide)) : null;
  let through = null;
  if (filters.module) {
    const marked = new Uint8Array(model.frames);
    for (let i = 0; i < model.frames; i++) marked[i] = frameModule(model, i) === filters.module;
    through = nodesBelow(model, marked);
  }
  const {node, class: kinds} = row;
  for (let i = 0; i < rows; i++) mask[i] = kinds[i] === filters.kind;
  const drop = (isKept) => { for (let i = 0; i < rows; i++) if (!isKept(i)) mask[i] = 0; };
  if (filters.thread !== null) drop((i) => row.thread[i] === filters.thread);
  if (keep) drop((i) => keep[node[i]]);
  if (hide) drop((i) => !hide[node[i]]);
  if (through) drop((i) => through[node[i]]);
  return mask;
}

function maskedSum(values, mask, set, wanted) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (mask[i] && set[i] === wanted) sum += values[i];
  return sum;
}
