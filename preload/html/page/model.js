/* SPDX-License-Identifier: MIT
 *
 * The profile in typed arrays: nodes in preorder, rows that hang on nodes, samples. */

/* What the first picture needs: names. The rest comes with completeModel(). */
function makeModel(data) {
  const {meta, ids} = data;
  const strings = new TextDecoder().decode(data.column('strings')).split('\0');
  const frames = data.column('frame.inlined').length; /* one byte each */
  const model = {
    meta, frames, strings, nodes: meta.nodes, rows: meta.rows, data,
    frame: {name: ids('frame.name', frames), module: ids('frame.module', frames), inlined: ids('frame.inlined', frames)},
    samples: {count: meta.samples},
    later: {}, /* columns that few views need, once they were asked for */
  };
  onDemand(model.frame, 'file', () => ids('frame.file', frames));
  nameFunctions(model);
  return model;
}

function onDemand(object, name, read) {
  Object.defineProperty(object, name, {
    configurable: true, get: () => {
      const value = read();
      Object.defineProperty(object, name, {value});
      return value;
    },
  });
}

async function completeModel(model) {
  const {data, nodes, rows} = model;
  const {ids, sums, signed} = data;
  await data.more();
  model.depth = ids('node.depth', nodes);
  model.nodeFrame = ids('node.frame', nodes);
  model.row = {node: addUp(ids('row.node', rows)), class: ids('row.class', rows), set: ids('row.set', rows)};
  for (const name of ['line', 'thread']) onDemand(model.row, name, () => ids('row.' + name, rows));
  for (const name of ['allocations', 'bytes', 'frees', 'freed', 'temporary', 'slack', 'copied']) onDemand(model.row, name, () => sums('row.' + name, rows));
  onDemand(model.row, 'peak', () => signed('row.peak', rows));
  onDemand(model, 'nodeLine', () => ids('node.line', nodes));
  Object.assign(model, linkNodes(model.depth));
  readSamples(model);
}

/* Parents and ends of subtrees of nodes in preorder follow from their depths. */
function linkNodes(depth) {
  const count = depth.length;
  const parent = new Int32Array(count);
  const end = new Uint32Array(count).fill(count);
  const open = [];
  let deepest = 0;
  for (let i = 0; i < count; i++) {
    const level = depth[i];
    while (open.length > level) end[open.pop()] = i;
    parent[i] = level ? open[level - 1] : -1;
    open.push(i);
    if (level > deepest) deepest = level;
  }
  return {parent, end, deepest};
}

/* What is in use at the peak, as far as it is wide enough to be seen. */
function firstFlame(model) {
  const {data, meta: {first: count}} = model;
  const depth = data.ids('first.depth', count);
  const width = data.sums('first.width', count);
  return {count, depth, frame: data.ids('first.frame', count), left: addUp(data.sums('first.left', count)), width, value: width, isSigned: false, ...linkNodes(depth)};
}

/* Frames that are one function: the same name in the same module. */
function nameFunctions(model) {
  const known = new Map();
  const functionOf = new Uint32Array(model.frames);
  const functions = [];
  for (let i = 0; i < model.frames; i++) {
    const key = model.frame.name[i] * 0x10000 + model.frame.module[i];
    let number = known.get(key);
    if (number === undefined) {
      number = functions.length;
      known.set(key, number);
      functions.push({frame: i, name: model.strings[model.frame.name[i]], module: model.frame.module[i]});
    }
    functionOf[i] = number;
  }
  Object.assign(model, {functionOf, functions});
}

function readSamples(model) {
  const {meta, data} = model;
  const count = meta.samples;
  const ofSet = (name) => ({
    rss: data.sums(name + '.rss', count), pss: data.sums(name + '.pss', count), minor: data.sums(name + '.minor', count),
    major: data.sums(name + '.major', count), live: data.signed(name + '.live', count),
  });
  model.samples = {count, at: addUp(data.sums('sample.at', count)), sets: [ofSet('sample'), ofSet('base')]};
  if (meta.levels) model.levels = readLevels(data, meta.levels);
}

/* What processes noted of themselves, in the form of samples. */
function readLevels(data, count) {
  const none = new Float64Array(count);
  const set = {rss: none, pss: none, minor: data.sums('level.minor', count), major: data.sums('level.major', count), live: data.signed('level.live', count)};
  return {count, at: addUp(data.sums('level.at', count)), sets: [set]};
}

/* What changed from sample to sample; read when it is first asked for, which is behind the first picture. */
function changesOf(model) {
  if (model.changes) return model.changes;
  const {data} = model;
  const {count} = model.samples;
  const changes = data.ids('sample.changes', count);
  const start = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) start[i + 1] = start[i] + changes[i];
  const all = start[count];
  const row = data.ids('change.row', all);
  for (let i = 0; i < count; i++)
    for (let k = start[i] + 1; k < start[i + 1]; k++) row[k] += row[k - 1];
  model.changes = {
    start, row, allocations: data.signed('change.allocations', all), bytes: data.signed('change.bytes', all),
    frees: data.signed('change.frees', all), freed: data.signed('change.freed', all),
  };
  return model.changes;
}

function laterColumn(model, name) {
  if (!model.later[name]) {
    model.later[name] = ['sizes', 'lives', 'finals'].includes(name)
      ? readBuckets(model.data.column('row.' + name), model.rows)
      : model.data.sums('row.' + name, model.rows);
  }
  return model.later[name];
}

function frameTitle(model, frame) {
  return model.strings[model.frame.name[frame]];
}

function frameModule(model, frame) {
  return model.strings[model.frame.module[frame]];
}

function framePlace(model, frame, line) {
  const file = model.strings[model.frame.file[frame]];
  return file ? file + (line ? ':' + line : '') : '';
}
