/* SPDX-License-Identifier: MIT
 *
 * The cards at the top, and the view that says how far the profile can be trusted and what would mend it. */

function sumRows(model, values, kind, set) {
  let sum = 0;
  for (let i = 0; i < model.rows; i++) if (model.row.class[i] === kind && model.row.set[i] === set) sum += values[i];
  return sum;
}

function totals(model, set) {
  const {row} = model;
  const processes = model.meta.processes.filter((process) => process.set === set);
  const sum = (values) => sumRows(model, values, 0, set);
  const most = model.samples.sets[set].rss.reduce((one, other) => Math.max(one, other), 0);
  return {
    peak: model.meta.selection ? sum(row.peak) : processes.reduce((all, process) => all + process.peak, 0), live: sum(row.bytes) - sum(row.freed), bytes: sum(row.bytes),
    calls: sum(row.allocations), temporary: sum(row.temporary), slack: sum(row.slack), slackAsked: sum(laterColumn(model, 'slackAsked')),
    blocks: sum(row.allocations) - sum(row.frees), rss: most, processes,
  };
}

const namedShare = (quality) => quality.bytes ? 100 * (1 - quality.unnamed / quality.bytes) : 100;

function qualityNote(meta) {
  const {quality} = meta;
  const trouble = [];
  if (quality.lost) trouble.push(formatCount(quality.lost) + ' events lost');
  if (quality.incomplete || quality.damaged) trouble.push('file damaged');
  if (quality.cut * 100 > quality.allBytes) trouble.push(formatShare(quality.cut, quality.allBytes) + ' cut stacks');
  return trouble.join(', ');
}

function makeCards(app) {
  const {model} = app;
  const now = totals(model, 0);
  const before = model.meta.diff ? totals(model, 1) : null;
  const cards = make('div', {class: 'cards', role: 'group', 'aria-label': 'Summary'});
  const add = (name, key, metric, unit, note) => {
    const text = before ? 'before ' + formatUnit(before[key], unit) + ', ' + withSign(formatUnit(now[key] - before[key], unit), now[key] - before[key]) : note;
    cards.append(make('button', {class: 'card', 'data-metric': metric, title: METRICS[metric].help, onclick: () => app.set({metric})},
      make('div', {class: 'name'}, name), make('div', {class: 'value'}, formatUnit(now[key], unit)), make('div', {class: before ? 'note wrap' : 'note'}, text || '\u00a0')));
  };
  const one = now.processes.length === 1 ? now.processes[0] : null;
  add('Peak', 'peak', 'peak', 'bytes', model.meta.selection ? 'of the selection' : one && one.peakAt ? 'after ' + formatTime(one.peakAt) : 'sum of the processes\u2019 peaks');
  add('Not freed', 'live', 'live', 'bytes', 'in ' + formatCount(now.blocks) + ' blocks');
  add('Allocated', 'bytes', 'bytes', 'bytes', now.calls ? 'on average ' + formatBytes(now.bytes / now.calls) : '');
  add('Allocations', 'calls', 'calls', 'count', one && one.duration ? formatCount(Math.round(now.calls / (one.duration / 1e9))) + ' a second' : '');
  add('Temporary', 'temporary', 'temporary', 'count', formatShare(now.temporary, now.calls) + ' of allocations');
  add('Slack', 'slack', 'slack', 'bytes', formatShare(now.slack, now.slackAsked) + ' of those asked');
  const {quality} = model.meta;
  cards.append(make('button', {class: 'card', onclick: () => app.set({view: 'quality'}), title: 'How far this profile can be trusted'}, make('div', {class: 'name'}, 'Profile quality'),
    make('div', {class: 'value'}, Math.floor(namedShare(quality)) + '\u00a0%'), make('div', {class: 'note' + (qualityNote(model.meta) ? ' warn' : '')}, qualityNote(model.meta) || 'of frames have a name')));
  return cards;
}

/* The command that mends it, where there is one. */
function remedyCommand(image) {
  if (/^libc6-dbg|install libc6-dbg/.test(image.remedy || '')) return 'apt-get install libc6-dbg';
  if (/-dbgsym/.test(image.remedy || '')) return 'apt-get install $(find-dbgsym-packages ' + image.path + ')';
  if (/with -g/.test(image.remedy || '')) return 'CFLAGS=-g make';
  return '';
}

function accountOfRss(app) {
  const {model} = app;
  const point = app.range() ? app.range()[1] : model.samples.sets[0].rss.reduce((best, value, i, all) => value > (all[best] || 0) ? i : best, 0) + 1;
  const rss = model.samples.sets[0].rss[point - 1];
  if (!rss) return make('p', {class: 'dim'}, model.samples.count ? 'No resident size is known for this moment.' : 'This profile has no timeline: record it with tare run.');
  const live = chartSeries(model, 0, 0).live[point];
  const mapped = chartSeries(model, 1, 0).live[point];
  const whole = totals(model, 0);
  const slack = whole.slackAsked ? live * whole.slack / whole.slackAsked : 0;
  const rest = rss - live - slack;
  const parts = [['heap, as asked for', live, 'var(--live-line)'], ['slack of these blocks (estimated from all)', slack, 'var(--rss)']];
  if (rest > 0) parts.push(['the rest: code, stacks, mappings, and what the allocator keeps free', rest, 'var(--rate)']);
  const bar = make('div', {class: 'account', role: 'img', 'aria-label': 'Parts of the resident size'});
  const list = make('div', {class: 'figures'});
  for (const [name, bytes, colour] of parts) {
    const part = make('i', {title: name});
    part.style.width = 100 * bytes / Math.max(rss, live + slack) + '%';
    part.style.background = colour;
    bar.append(part);
    list.append(make('span', {}, name), make('span', {}, formatBytes(bytes)), make('span', {}, formatShare(bytes, rss)));
  }
  const notes = [];
  if (rest < 0) notes.push('More is live than resident: blocks that nobody has written to yet have no memory.');
  if (mapped) notes.push('Anonymous mappings of ' + formatBytes(mapped) + ' are live; as much of them as was touched is in the rest.');
  return make('div', {}, make('p', {}, 'After ' + formatTime(pointTime(model, point)) + ' ' + formatBytes(rss) + ' were resident:'), bar, list, make('p', {class: 'dim'}, notes.join(' ')));
}

function qualityView(app) {
  const {model} = app;
  const element = make('div', {class: 'boxes'});
  const update = () => {
    const {quality, folded, processes} = model.meta;
    const facts = [
      [quality.lost, 'allocations or frees that no record counts'], [quality.lostStacks, 'allocations without a stack'], [quality.lostEvidence, 'sizes and lifetimes not recorded'],
      [quality.lostMappings, 'mappings not recorded'], [quality.lostObjects, 'objects not recorded'], [quality.untrackedFrees, 'frees of blocks from before the start'],
      [quality.inheritedFrees, 'frees of blocks of a parent process'], [quality.unrecordedPrograms, 'programs started without the recorder'], [quality.wrongStacks, 'stacks found wrong'],
      [quality.damaged, 'damaged objects of the file'], [quality.incomplete, 'files that end too early'],
    ].filter((fact) => fact[0] > 0);
    const losses = facts.length ? plainTable(['What', 'How many'], facts.map((fact) => [fact[1], formatCount(fact[0])])) : make('p', {}, 'Every allocation and every free was counted.');
    const images = plainTable(['File', 'Weight', 'Without a name', 'What mends it'], quality.images.filter((image) => image.bytes).map((image) => [
      image.name, formatShare(image.bytes, quality.bytes), formatShare(image.unnamed, image.bytes),
      image.remedy ? make('span', {}, image.remedy + ' ', remedyCommand(image) ? make('code', {}, remedyCommand(image)) : '') : image.lines ? 'has names and lines' : '']));
    const small = folded.nodes ? formatCount(folded.nodes) + ' calls (' + formatCount(folded.rows) + ' sites, ' + formatShare(folded.bytes, quality.allBytes) + ' of bytes allocated) are folded into [small], so that this page keeps its size. No sum leaves them out. tare html --max-size makes room.' : 'The page holds the whole call tree; nothing is folded.';
    const timeline = model.samples.count ? formatCount(model.samples.count) + ' samples; between two of them only the sum is known.' : model.meta.levels ? 'Coarse: ' + formatCount(model.meta.levels) + ' levels of the whole process. tare run records one by site.' : 'None.';
    const section = (title, ...children) => make('section', {class: 'box' + (title === 'Names' ? ' wide' : '')}, make('h3', {}, title), ...children);
    element.replaceChildren(
      section('Names', make('p', {}, formatShare(quality.bytes - quality.unnamed, quality.bytes) + ' of stack frames, weighed by bytes, have a function\u2019s name; ' + formatCount(quality.unnamedSites) + ' of ' + formatCount(quality.sites) + ' sites lack some.'), images),
      section('Losses', losses, quality.cut ? make('p', {}, formatShare(quality.cut, quality.allBytes) + ' of bytes have a stack that ends early.') : ''),
      section('Resident memory', residentTable(model), accountOfRss(app)),
      section('This page', make('p', {}, small), make('h3', {}, 'Timeline'), make('p', {}, timeline)),
      section('Processes', plainTable(['Program', 'Process', 'Peak', 'Duration', 'End'], processes.slice(0, 50).map((process) => [process.program, String(process.pid), formatBytes(process.peak), process.duration ? formatTime(process.duration) : '\u2013', process.end + (process.status === undefined ? '' : ' ' + process.status)]))));
    const {advice} = model.meta;
    const place = make('section', {class: 'box wide', id: 'advice', hidden: !advice.length}, make('h3', {}, 'Advice'),
      plainTable(['Remedy', 'Where', 'What', 'Saves', 'Confidence', 'Not when'], advice.map((piece) => [
        make('code', {}, piece.remedy), piece.function + (piece.file ? ', ' + piece.file + ':' + piece.line : ''), piece.waste, piece.saves, piece.confidence, piece.whenNot])));
    element.append(place);
  };
  return {element, update};
}
