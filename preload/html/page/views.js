/* SPDX-License-Identifier: MIT
 *
 * What is behind the tabs: each view has an element and update(), which is called while it is seen. */

const BUCKETS = {sizes: 28, lives: 32, finals: 24};
const LIFE_UNIT_NS = 1048576;

/* Sums of histograms over rows. */
function sumBuckets(model, name, isWanted) {
  const {start, bucket, count} = laterColumn(model, name);
  const sums = new Float64Array(BUCKETS[name]);
  for (let row = 0; row < model.rows; row++) {
    if (!isWanted(row)) continue;
    for (let i = start[row]; i < start[row + 1]; i++) sums[bucket[i]] += count[i];
  }
  return sums;
}

function bucketName(name, bucket) {
  const isTime = name === 'lives';
  const text = (value) => isTime ? formatTime(value * LIFE_UNIT_NS) : formatBytes(value);
  if (bucket === 0) return isTime ? '< ' + text(1) : '0 B';
  if (bucket === BUCKETS[name] - 1) return '\u2265 ' + text(2 ** (bucket - 1));
  if (isTime) return '< ' + text(2 ** bucket);
  return bucket === 1 ? '1 B' : formatCount(2 ** (bucket - 1)) + '\u2013' + (2 ** bucket - 1 < 1e4 ? formatCount(2 ** bucket - 1) : '') ;
}

function sizeName(bucket) {
  if (bucket < 11) return bucket < 2 ? bucket + ' B' : 2 ** (bucket - 1) + '\u2013' + (2 ** bucket - 1) + ' B';
  return bucket === BUCKETS.sizes - 1 ? '\u2265 64 MiB' : formatBytes(2 ** (bucket - 1)).replace('.00', '').replace('.0', '') + ' \u2026';
}

function makeBars(name, sums) {
  const used = [...sums.keys()].filter((i) => sums[i] > 0);
  if (!used.length) return make('p', {class: 'dim'}, 'Nothing was recorded.');
  const most = Math.max(...sums);
  const all = sums.reduce((one, other) => one + other, 0);
  const bars = make('div', {class: 'bars'});
  for (let i = used[0]; i <= used[used.length - 1]; i++) {
    const bar = make('i');
    bar.style.width = 100 * sums[i] / most + '%';
    bars.append(make('span', {}, name === 'lives' ? bucketName(name, i) : sizeName(i)), make('span', {class: 'track'}, sums[i] ? bar : null),
      make('span', {}, formatCount(sums[i]) + '  ' + formatShare(sums[i], all)));
  }
  return bars;
}

/* Rows that differ only in their thread are one site. */
function findSites(model) {
  if (model.siteFirst) return;
  const {row, rows} = model;
  const siteOf = new Uint32Array(rows);
  const first = [];
  const known = new Map();
  for (let i = 0; i < rows; i++) {
    const key = (row.node[i] * 1048576 + Math.min(row.line[i], 1048575)) * 4 + row.class[i];
    let site = known.get(key);
    if (site === undefined) {
      site = first.length;
      known.set(key, site);
      first.push(i);
    }
    siteOf[i] = site;
  }
  Object.assign(model, {siteOf, siteFirst: first});
}

function siteSums(model, values, mask) {
  const sums = new Float64Array(model.siteFirst.length);
  for (let i = 0; i < model.rows; i++) if (mask[i]) sums[model.siteOf[i]] += model.row.set[i] ? -values[i] : values[i];
  return sums;
}

function siteTitle(model, site) {
  const row = model.siteFirst[site];
  const names = [];
  for (let node = model.row.node[row]; node > 0 && names.length < 4; node = model.parent[node])
    names.push(shortName(frameTitle(model, model.nodeFrame[node])) + (names.length || !model.row.line[row] ? '' : ':' + model.row.line[row]));
  return names.join(' \u2190 ') || '(all)';
}

/* Titles that are shorter than the metric's name. */
const siteColumns = {net: 'Net', peak: 'At peak', copied: 'Copied', calls: 'Allocations', bytes: 'Allocated', freed: 'Freed'};

const download = (text, name, type) => {
  const link = make('a', {href: URL.createObjectURL(new Blob([text], {type})), download: name});
  link.click();
  URL.revokeObjectURL(link.href);
};

function sitesView(app) {
  const {model} = app;
  findSites(model);
  const sums = {};
  const names = ['bytes', 'calls', 'freed', 'net', 'live', 'peak', 'temporary', 'slack', 'copied'];
  const widths = {calls: 104, temporary: 92, slack: 88, live: 116};
  const titles = new Array(model.siteFirst.length);
  const title = (site) => titles[site] ??= siteTitle(model, site);
  const columns = names.map((key) => ({
    key, title: METRICS[key].name, width: widths[key] || 94, value: (site) => sums[key][site],
    text: (site) => sums[key][site] ? withSign(formatUnit(sums[key][site], METRICS[key].unit), model.meta.diff ? sums[key][site] : 0) : '\u00b7',
    help: METRICS[key].help,
  }));
  columns.unshift({key: 'site', title: 'Site, with its callers', width: 330, isWide: true, isText: true, isFixed: true, text: title});
  const aside = make('aside', {'aria-label': 'Site'});
  const grid = makeGrid(columns, {
    label: 'Sites', sort: app.state.sort || 'bytes', onSort: (sort) => app.set({sort}), onSelect: (site) => showSite(app, aside, site),
  });
  const note = make('span', {class: 'found'});
  const tools = [note,
    make('button', {class: 'button', onclick: () => download(gridText(grid, false), 'sites.csv', 'text/csv')}, 'Save as CSV'),
    make('button', {class: 'button', onclick: () => navigator.clipboard?.writeText(gridText(grid, true))}, 'Copy 20 as Markdown')];
  const element = make('div', {class: 'split'}, grid.element, aside);
  const update = () => {
    const mask = app.mask();
    for (const key of names) sums[key] = siteSums(model, rowValues(model, key, METRICS[key].wholeOnly ? null : app.range()), mask);
    const test = app.state.search ? makeMatcher(app.state.search) : null;
    const list = [];
    for (let site = 0; site < model.siteFirst.length; site++)
      if (names.some((key) => sums[key][site]) && (!test || test(title(site)))) list.push(site);
    columns.forEach((column) => { if (!column.isText) column.title = siteColumns[column.key] || metricName(model, column.key, app.range()); });
    note.textContent = formatCount(list.length) + ' sites' + (test ? ' match' : '') +
      (rangeIsWhole(model, app.range()) ? '' : '; at peak, temporary, slack, copied: of the whole run');
    app.extra.replaceChildren(...tools);
    setGrid(grid, list);
    if (grid.selected < 0 && list.length) selectRow(grid, grid.list[0]);
  };
  return {element, update};
}

function showSite(app, aside, site) {
  const {model} = app;
  const row = model.siteFirst[site];
  const stack = make('ol', {class: 'stack'});
  for (let node = model.row.node[row]; node > 0; node = model.parent[node]) {
    const frame = model.nodeFrame[node];
    const place = framePlace(model, frame, node === model.row.node[row] ? model.row.line[row] : model.nodeLine[node]);
    stack.append(make('li', {title: frameTitle(model, frame) + '\n' + place + '\n' + frameModule(model, frame)},
      shortName(frameTitle(model, frame)), make('span', {class: 'dim'}, '  ' + baseName(place || frameModule(model, frame)))));
  }
  aside.replaceChildren(make('h2', {}, shortName(frameTitle(model, model.nodeFrame[model.row.node[row]]))),
    ...describeRows(app, (i) => model.siteOf[i] === site), make('h3', {}, 'Stack'), stack);
}

/* All metrics of some rows, and what their blocks are like. */
function describeRows(app, isWanted) {
  const {model} = app;
  const mask = app.mask();
  const range = app.range();
  const figures = make('div', {class: 'figures'});
  for (const [metric, entry] of Object.entries(METRICS)) {
    const values = rowValues(model, metric, entry.wholeOnly ? null : range);
    let part = 0;
    let whole = 0;
    for (let i = 0; i < model.rows; i++) {
      if (!mask[i]) continue;
      const value = model.row.set[i] ? -values[i] : values[i];
      whole += value;
      if (isWanted(i)) part += value;
    }
    figures.append(make('span', {}, metricName(model, metric, range)), make('span', {}, withSign(formatUnit(part, entry.unit), model.meta.diff ? part : 0)), make('span', {}, model.meta.diff ? '' : formatShare(part, whole)));
  }
  const wanted = (i) => mask[i] && !model.row.set[i] && isWanted(i);
  return [figures, make('h3', {}, 'Sizes of blocks'), makeBars('sizes', sumBuckets(model, 'sizes', wanted)),
    make('h3', {}, 'Lifetimes of freed blocks'), makeBars('lives', sumBuckets(model, 'lives', wanted))];
}

function sizesView(app) {
  const {model} = app;
  const element = make('div', {class: 'boxes'});
  const update = () => {
    const mask = app.mask();
    const wanted = (i) => mask[i] && !model.row.set[i];
    const box = (title, name, text) => make('section', {class: 'box'}, make('h3', {}, title), makeBars(name, sumBuckets(model, name, wanted)), make('p', {class: 'dim'}, text));
    element.replaceChildren(
      box('Sizes of blocks', 'sizes', 'Bytes asked for, of the whole run.'),
      box('Lifetimes of freed blocks', 'lives', 'From allocation to free, of the whole run. Those below 1.05 ms are not told apart.'),
      box('Last sizes of blocks grown by realloc', 'finals', 'Where these are alike, asking for that size at once saves the calls.'));
  };
  return {element, update};
}

const isNumber = (cell) => typeof cell === 'string' && /^[\d<\u2212\u2013+]/.test(cell);

function plainTable(titles, lines) {
  const table = make('table', {class: 'plain'}, make('thead', {}, make('tr', {}, ...titles.map((title, i) => make('th', {class: i && lines.length && isNumber(lines[0][i]) ? 'number' : '', scope: 'col'}, title)))));
  table.append(make('tbody', {}, ...lines.map((cells) => make('tr', {}, ...cells.map((cell, i) => make('td', {class: i && isNumber(cell) ? 'number' : ''}, cell))))));
  return table;
}

function threadName(thread) {
  const name = thread.name || thread.program;
  return name + ' (' + (thread.tid || thread.pid) + (thread.others ? ' and ' + formatCount(thread.others) + ' before it' : '') + ')';
}

function threadsView(app) {
  const {model} = app;
  const element = make('div', {class: 'box'});
  const update = () => {
    const mask = rowMask(model, {...app.state, thread: null});
    const sums = model.meta.threads.map(() => ({bytes: 0, calls: 0, freed: 0, temporary: 0, remote: 0}));
    const remote = laterColumn(model, 'remote');
    const range = app.range();
    const from = {bytes: rowValues(model, 'bytes', range), calls: rowValues(model, 'calls', range), freed: rowValues(model, 'freed', range), temporary: model.row.temporary, remote};
    for (let i = 0; i < model.rows; i++)
      if (mask[i]) for (const key of Object.keys(from)) sums[model.row.thread[i]][key] += from[key][i];
    const order = sums.map((_, i) => i).filter((i) => sums[i].calls || sums[i].freed).sort((one, other) => sums[other].bytes - sums[one].bytes);
    const link = (i) => make('button', {class: 'button', onclick: () => app.set({thread: i, view: 'flame'})}, threadName(model.meta.threads[i]));
    element.replaceChildren(plainTable(['Thread', 'Allocated', 'Allocations', 'Freed by it', 'Temporary', 'Freed blocks of others'],
      order.map((i) => [link(i), formatBytes(sums[i].bytes), formatCount(sums[i].calls), formatBytes(sums[i].freed), formatCount(sums[i].temporary), formatCount(sums[i].remote)])),
    make('p', {class: 'dim'}, 'A thread\u2019s numbers are what its own calls did. What it frees may have been allocated by another one.'));
  };
  return {element, update};
}

function growthView(app) {
  const {model} = app;
  findSites(model);
  const element = make('div', {class: 'box'});
  const update = () => {
    const mask = app.mask();
    const [reallocs, moves, chains] = ['reallocs', 'moves', 'chains'].map((name) => siteSums(model, laterColumn(model, name), mask));
    const copied = siteSums(model, model.row.copied, mask);
    const order = [...reallocs.keys()].filter((site) => reallocs[site]).sort((one, other) => copied[other] - copied[one] || reallocs[other] - reallocs[one]).slice(0, 100);
    const last = (site) => {
      const sums = sumBuckets(model, 'finals', (i) => model.siteOf[i] === site);
      const all = sums.reduce((one, other) => one + other, 0);
      let below = 0;
      const middle = sums.findIndex((count) => (below += count) >= all / 2);
      return all ? sizeName(middle) : '\u2013';
    };
    element.replaceChildren(order.length ? plainTable(['Site that calls realloc', 'Calls', 'Moved', 'Copied', 'Chains ended', 'Half end by'],
      order.map((site) => [make('code', {}, siteTitle(model, site)), formatCount(reallocs[site]), formatShare(moves[site], reallocs[site]), formatBytes(copied[site]), formatCount(chains[site]), last(site)]))
      : make('p', {class: 'dim'}, 'No site that is shown calls realloc with a block.'));
  };
  return {element, update};
}

function sourceView(app) {
  const {model} = app;
  const element = make('div', {class: 'box'});
  const update = () => {
    const mask = app.mask();
    const values = rowValues(model, app.state.metric, app.range());
    const unit = METRICS[app.state.metric].unit;
    const sums = new Map();
    for (let i = 0; i < model.rows; i++) {
      if (!mask[i] || !model.row.line[i]) continue;
      const key = model.frame.file[model.nodeFrame[model.row.node[i]]] + ':' + model.row.line[i];
      sums.set(key, (sums.get(key) || 0) + values[i]);
    }
    element.replaceChildren(...(model.meta.source || []).map((source) => {
      const file = model.strings.indexOf(source.file);
      return make('section', {}, make('h3', {}, source.file), ...source.parts.map((part) => make('table', {class: 'code'}, ...part.lines.map((text, i) => {
        const sum = sums.get(file + ':' + (part.first + i));
        return make('tr', {class: sum ? 'hot' : ''}, make('td', {class: 'number'}, sum ? formatUnit(sum, unit) : ''), make('td', {class: 'number'}, String(part.first + i)), make('td', {}, text));
      }))));
    }));
  };
  return {element, update};
}
