/* SPDX-License-Identifier: MIT
 *
 * Puts the page together: one state, and what follows when it changes. */

const VIEWS = [['flame', 'Flame graph'], ['sites', 'Sites'], ['functions', 'Functions'], ['sizes', 'Sizes and lifetimes'],
  ['threads', 'Threads'], ['growth', 'Growth'], ['source', 'Source'], ['quality', 'Quality']];

const KINDS = [['0', 'Heap'], ['1', 'Mappings'], ['2', 'Objects']];

const HELP = [['/', 'search'], ['n, N', 'next and previous place found'], ['arrow keys', 'walk in the call tree'], ['Enter', 'zoom to the selected call'],
  ['Esc', 'zoom out'], ['i', 'turn the flame graph over'], ['a', 'callers or allocators first'], ['r', 'forget the range'], ['1 \u2026 8', 'views'], ['?', 'this list']];

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue('--' + name).trim();
  const veil = document.documentElement.dataset.theme === 'dark' ? 'rgba(16,19,23,.66)' : 'rgba(246,247,249,.74)';
  return {text: get('text'), dim: get('dim'), line: get('line'), card: get('card'), accent: get('accent'), live: get('live'), liveLine: get('live-line'), rss: get('rss'), pss: get('pss'), rate: get('rate'), hit: get('hit'), veil};
}

function setTheme(app, theme) {
  document.documentElement.dataset.theme = theme;
  app.colours = readColours();
  for (const view of app.flames) Object.assign(view, {theme, colours: app.colours, font: '12px ' + getComputedStyle(document.documentElement).getPropertyValue('--mono')});
}

function firstTheme() {
  try {
    const kept = localStorage.getItem('tare-theme');
    if (kept === 'dark' || kept === 'light') return kept;
  } catch { /* pages from files may have no storage */ }
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/* The first metric is one that has something to show. */
function firstMetric(model) {
  return ['peak', 'live', 'bytes', 'calls'].find((metric) => rowValues(model, metric, null).findIndex((value) => value !== 0) >= 0) || 'peak';
}

function makeHeader(app) {
  const {meta} = app.model;
  const shown = meta.processes.filter((process) => process.set === 0);
  const first = shown[0];
  const facts = [];
  if (shown.length > 1) facts.push(formatCount(shown.length) + ' processes');
  else if (first && first.duration) facts.push(formatTime(first.duration));
  if (first) facts.push(new Date(first.realtime / 1e6).toLocaleString());
  if (first && shown.length === 1) facts.push(first.end + (first.status === undefined ? '' : ' ' + first.status));
  const theme = make('button', {class: 'button', title: 'Light or dark', 'aria-label': 'Light or dark', onclick: () => {
    const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    try { localStorage.setItem('tare-theme', next); } catch { /* it is not kept then */ }
    setTheme(app, next);
    app.redraw();
  }}, '\u25d0');
  const help = make('button', {class: 'button', title: 'Keys', 'aria-label': 'Keys', onclick: () => app.help.showModal()}, '?');
  const base = meta.processes.find((process) => process.set === 1);
  const cuts = (meta.selection || []).map(({kind, pattern}) => make('span', {class: 'cut', title: 'This page has only what tare html --' + kind + ' left'}, kind + ' ' + pattern));
  return make('header', {}, make('h1', {}, first ? first.program : 'tare'),
    make('span', {class: 'command', title: first ? first.command : ''}, base ? 'compared with ' + base.profile : first ? first.command : ''),
    ...cuts, make('span', {class: 'facts'}, facts.join(' \u00b7 ')), theme, help);
}

function makeKeys(app) {
  const {model} = app;
  const [set] = (app.chart.isCoarse ? model.levels : model.samples).sets;
  const key = (colour, text) => {
    const mark = make('i');
    mark.style.background = 'var(--' + colour + ')';
    return make('span', {}, mark, text);
  };
  const isMany = model.meta.processes.filter((process) => process.set === 0).length > 1;
  const keys = [key('live', 'live bytes' + (isMany ? ' (what a process did not free stays counted)' : ''))];
  if (set.rss.some((size) => size > 0)) keys.push(key('rss', 'resident (dashed)'));
  if (set.pss.some((size) => size > 0)) keys.push(key('pss', 'proportional set size (dotted)'));
  if (!app.chart.isCoarse) keys.push(key('rate', 'allocation rate'));
  keys.push(key('rss', 'below: rate of page faults; ticks: from disk'));
  return keys;
}

function makeSlider(app, text, side) {
  const {count} = app.model.samples;
  const input = make('input', {type: 'range', min: 0, max: count, 'aria-label': 'Range ' + text, oninput: () => {
    const range = [...(app.range() || [0, count])];
    range[side] = Number(input.value);
    if (range[0] < range[1]) app.setRange(range, true);
  }});
  return input;
}

function makeTimeline(app) {
  const {model} = app;
  if (!model.samples.count && !model.levels)
    return make('section', {class: 'panel box', 'aria-label': 'Timeline'}, make('p', {class: 'dim'}, 'This profile has no timeline: the program ended within a few milliseconds, or its profile is of another tool.'));
  app.readout = make('div', {class: 'readout', role: 'status', 'aria-live': 'polite'});
  app.chart = makeChart(model, (range, isLast) => app.setRange(range, isLast));
  app.chart.draw = () => drawChart(app.chart, app.state.kind, app.colours);
  const keys = make('div', {class: 'keys'}, ...makeKeys(app));
  if (!app.chart.isCoarse) {
    app.sliders = [makeSlider(app, 'start', 0), makeSlider(app, 'end', 1)];
    keys.append(make('span', {class: 'spacer'}), make('label', {}, 'from ', app.sliders[0]), make('label', {}, 'to ', app.sliders[1]),
      make('button', {class: 'button', onclick: () => app.setRange(null, true)}, 'Whole run'));
  }
  return make('section', {class: 'panel timeline', 'aria-label': 'Timeline'}, app.readout, app.chart.element, keys);
}

const COARSE = 'The recorder\u2019s own coarse timeline: live bytes of the whole process, up to 64 KiB late for each thread. Which sites they are of is known for the whole run only; tare run records a timeline of which a range can be chosen.';

/* What the range sums up to, and whether that is what the recorder's own samples say. */
function showReadout(app) {
  const {model} = app;
  if (!app.chart) return;
  if (app.chart.isCoarse) {
    app.readout.replaceChildren(make('span', {class: 'dim'}, COARSE));
    return;
  }
  const range = app.range() || [0, model.samples.count];
  const sums = sumsInRange(model, range);
  const all = (values) => {
    let sum = 0;
    for (let i = 0; i < model.rows; i++) if (model.row.class[i] === app.state.kind && !model.row.set[i]) sum += values[i];
    return sum;
  };
  const [allocated, freed, live, calls] = [all(sums.bytes), all(sums.freed), all(sums.live), all(sums.allocations)];
  const sampled = (point) => point ? model.samples.sets[0].live[point - 1] : 0;
  const recorded = app.state.kind === 0 ? sampled(range[1]) - sampled(range[0]) : allocated - freed;
  const off = allocated - freed - recorded;
  const item = (name, text) => make('span', {class: 'sum'}, make('span', {}, name + ' '), make('b', {}, text));
  const isWhole = rangeIsWhole(model, app.range());
  app.readout.replaceChildren(...[item(isWhole ? 'whole run' : 'range', formatTime(pointTime(model, range[0])) + ' \u2013 ' + formatTime(pointTime(model, range[1]))),
    item('allocated', formatBytes(allocated)), item('freed', formatBytes(freed)), item('net', withSign(formatBytes(allocated - freed), allocated - freed)),
    item('live at its end', formatBytes(live)), item('allocations', formatCount(calls)),
    model.meta.selection ? null : off === 0 ? make('span', {class: 'adds', title: 'The sites\u2019 sums are the chart\u2019s difference, to the byte: ' + formatCount(allocated - freed) + ' bytes'}, '\u2713 adds up') : make('span', {class: 'differs'}, 'differs from the chart by ' + formatBytes(off))].filter(Boolean));
  const outside = bytesWithoutTime(model, app.state.kind);
  if (outside > 0) app.readout.append(make('span', {class: 'differs', title: 'Processes that ended before a sample was taken count in the totals and in the views of the whole run only'}, formatBytes(outside) + ' allocated are not on the timeline'));
  app.adds = {sum: allocated - freed, chart: recorded, live};
  app.sliders.forEach((slider, side) => {
    slider.value = String(range[side]);
    slider.setAttribute('aria-valuetext', formatTime(pointTime(model, range[side])));
  });
}

function makeTabs(app) {
  const tabs = make('div', {class: 'tabs', role: 'tablist', 'aria-label': 'Views'});
  for (const [key, text] of VIEWS) {
    if (key === 'source' && !app.model.meta.source) continue;
    tabs.append(make('button', {role: 'tab', id: 'tab-' + key, 'aria-controls': 'view', 'data-view': key, onclick: () => app.set({view: key})}, text));
  }
  tabs.addEventListener('keydown', (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    const list = [...tabs.children];
    const next = step && list[(list.indexOf(document.activeElement) + step + list.length) % list.length];
    if (!next) return;
    next.focus();
    next.click();
  });
  return tabs;
}

function makeTools(app) {
  const {model} = app;
  app.search = make('input', {type: 'search', placeholder: 'Search, or /pattern/', 'aria-label': 'Search', oninput: () => app.find(app.search.value)});
  app.search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') nextMatch(app.views.flame.view, event.shiftKey ? -1 : 1);
    if (event.key === 'Escape') app.search.blur();
  });
  app.found = make('span', {class: 'found', role: 'status'});
  app.metric = make('span');
  return make('div', {class: 'bar'}, app.metric, app.search, app.found, app.extra = make('span', {class: 'extra'}), make('span', {class: 'spacer'}), make('button', {class: 'button', onclick: () => app.reset()}, 'Reset'));
}

function showMetric(app) {
  const {model, state} = app;
  const isRanged = !rangeIsWhole(model, app.range());
  app.metric.replaceChildren(selectBox('Metric', Object.entries(METRICS).map(([key, entry]) => [key, metricName(model, key, app.range()) + (isRanged && entry.wholeOnly ? ' (whole run)' : ''), isRanged && entry.wholeOnly]), state.metric, (metric) => app.set({metric})));
  app.extra.replaceChildren();
  for (const card of app.cards.querySelectorAll('[data-metric]')) card.setAttribute('aria-pressed', String(card.dataset.metric === state.metric));
  for (const tab of app.tabs.children) {
    const isShown = tab.dataset.view === state.view;
    tab.setAttribute('aria-selected', String(isShown));
    tab.tabIndex = isShown ? 0 : -1;
  }
}

function makeApp(model) {
  const app = {model, flames: [], serial: 0, views: {}, kinds: []};
  app.defaults = {...STATE_DEFAULTS, metric: model.meta.first ? 'peak' : firstMetric(model)};
  app.state = readState(model, location.hash.slice(1), app.defaults);
  app.range = () => app.state.range;
  app.mask = () => {
    const key = JSON.stringify([app.state.kind, app.state.thread, app.state.module, app.state.keep, app.state.hide]);
    if (app.maskKey !== key) {
      app.maskOfRows = rowMask(model, app.state);
      app.maskKey = key;
    }
    return app.maskOfRows;
  };
  app.remember = () => {
    const text = writeState(app.state, app.defaults);
    try { history.replaceState(null, '', text ? '#' + text : location.pathname + location.search); } catch { location.hash = text; }
  };
  app.update = () => {
    app.serial++;
    const {view} = app.state;
    app.views[view] ||= VIEW_MAKERS[view](app);
    if (app.place.firstChild !== app.views[view].element) app.place.replaceChildren(app.views[view].element);
    app.place.setAttribute('aria-labelledby', 'tab-' + view);
    setTheme(app, document.documentElement.dataset.theme);
    showMetric(app);
    app.views[view].update();
    if (app.chart) {
      app.chart.range = app.range();
      app.chart.draw();
    }
    showReadout(app);
    app.remember();
  };
  app.redraw = () => {
    const view = app.views[app.state.view];
    if (view.draw) view.draw();
    if (app.chart) app.chart.draw();
  };
  app.set = (changes) => {
    Object.assign(app.state, changes);
    app.update();
  };
  app.setRange = (range) => {
    const isWhole = rangeIsWhole(model, range);
    const changes = {range: isWhole ? null : range};
    if (!isWhole && METRICS[app.state.metric].wholeOnly) changes.metric = 'live';
    app.set(changes);
  };
  app.find = (word) => {
    app.state.search = word;
    if (app.state.view === 'flame') app.views.flame.mark();
    else app.views[app.state.view].update();
    app.remember();
  };
  app.reset = () => {
    app.search.value = '';
    app.set({...app.defaults, view: app.state.view, zoom: []});
  };
  return app;
}

const VIEW_MAKERS = {
  flame: (app) => { const made = flameView(app); app.flames.push(...made.all); return made; },
  functions: (app) => { const made = functionsView(app); app.flames.push(...made.views); return made; },
  sites: sitesView, sizes: sizesView, threads: threadsView, growth: growthView, source: sourceView, quality: qualityView,
};

function listenToKeys(app) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== 'range') return;
    const flame = app.views.flame;
    const number = Number(event.key);
    const tabs = [...app.tabs.children];
    if (event.key === '/') app.search.focus();
    else if (event.key === '?') app.help.showModal();
    else if (event.key === 'n' || event.key === 'N') nextMatch(flame.view, event.key === 'n' ? 1 : -1);
    else if (event.key === 'i') app.set({bottom: !app.state.bottom});
    else if (event.key === 'a') app.set({order: app.state.order === 'callers' ? 'allocators' : 'callers', zoom: []});
    else if (event.key === 'r') app.setRange(null);
    else if (event.key === 'Escape' && flame && app.state.view === 'flame') zoomFlame(flame.view, 0);
    else if (number >= 1 && number <= tabs.length) tabs[number - 1].click();
    else return;
    event.preventDefault();
  });
}

function build(app) {
  const {model} = app;
  app.tip = make('div', {class: 'tip', hidden: true, role: 'tooltip'});
  app.help = make('dialog', {'aria-label': 'Keys'}, make('b', {}, 'Keys'), make('dl', {}, ...HELP.flatMap(([key, text]) => [make('dt', {}, key), make('dd', {}, text)])),
    make('p', {class: 'dim'}, 'Drag on the timeline to choose a range: every view follows it. The address of the page keeps what is shown.'),
    make('form', {method: 'dialog'}, make('button', {class: 'button'}, 'Close')));
  app.cards = make('div', {class: 'cards'});
  app.header = make('header', {}, make('h1', {}, '\u00a0'));
  app.timeline = make('section', {class: 'panel timeline'});
  app.tabs = makeTabs(app);
  app.place = make('div', {id: 'view', role: 'tabpanel'});
  const tools = makeTools(app);
  app.search.value = app.state.search;
  const root = document.getElementById('app');
  root.append(make('div', {class: 'page'}, app.header, app.cards, app.timeline, make('section', {class: 'panel'}, app.tabs, tools, app.place)), app.tip, app.help);
  root.hidden = false;
  root.inert = true;
  document.documentElement.dataset.theme = firstTheme();
  setTheme(app, document.documentElement.dataset.theme);
}

/* All that is not the first picture. */
function complete(app) {
  const {model} = app;
  const classes = new Set(model.row.class);
  app.kinds = KINDS.filter(([key]) => classes.has(Number(key)));
  for (const [name, made] of [['header', makeHeader(app)], ['cards', makeCards(app)], ['timeline', makeTimeline(app)]]) {
    app[name].replaceWith(made);
    app[name] = made;
  }
  new ResizeObserver(() => { app.redraw(); }).observe(app.place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { setTheme(app, firstTheme()); app.redraw(); });
  addEventListener('hashchange', () => { app.state = readState(model, location.hash.slice(1), app.defaults); app.search.value = app.state.search; app.update(); });
  listenToKeys(app);
  document.getElementById('app').inert = false;
  app.isComplete = true;
  app.update();
}

/* Nothing answers before all of it is there. */
function drawFirst(app) {
  app.views.flame = VIEW_MAKERS.flame(app);
  app.place.replaceChildren(app.views.flame.element);
  setTheme(app, document.documentElement.dataset.theme);
  showMetric(app);
  app.views.flame.show(firstFlame(app.model));
}

/* The first picture is the flame of the peak, unless the address asks for something else. */
async function start() {
  const began = performance.now();
  const loading = document.getElementById('loading');
  try {
    const model = makeModel(await readData());
    rankModules(model);
    const isEarly = model.meta.first > 0 && !location.hash;
    if (!isEarly) await completeModel(model);
    const app = makeApp(model);
    build(app);
    const built = performance.now();
    if (isEarly) drawFirst(app);
    const drawn = performance.now();
    if (isEarly) await completeModel(model);
    complete(app);
    app.timing = {began, built, drawn, complete: performance.now()};
    globalThis.tare = Object.assign(app, {changes: () => changesOf(model), firstFlame: () => firstFlame(model)});
  } catch (error) {
    loading.hidden = false;
    loading.textContent = 'This page cannot be shown: ' + error.message;
    throw error;
  }
}

start();
