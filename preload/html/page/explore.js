/* SPDX-License-Identifier: MIT
 *
 * The two views made of flames: the call tree, and the callers and callees of one function. */

function selectBox(label, options, value, onchange) {
  const select = make('select', {'aria-label': label, title: label, onchange: () => onchange(select.value)},
    ...options.map(([key, text, off]) => make('option', {value: key, disabled: off}, text)));
  select.value = value;
  return select;
}

function hoverText(view, node) {
  const {model, flame, unit} = view;
  const frame = flame.frame[node];
  const line = flame.frame === model.nodeFrame ? model.nodeLine[node] : 0;
  let self = flame.value[node];
  for (const child of childrenOf(flame, node)) self -= flame.value[child];
  const share = formatShare(flame.isSigned ? flame.width[node] : flame.value[node], flame.width[0]);
  const parts = [make('b', {}, node ? frameTitle(model, frame) : view.rootName),
    make('div', {}, withSign(formatUnit(flame.value[node], unit), flame.isSigned ? flame.value[node] : 0) + ' \u00b7 ' + share +
      (Math.abs(self) > 0 && node ? ' \u00b7 itself ' + formatUnit(self, unit) : ''))];
  if (view.before) parts.push(make('div', {}, 'before ' + formatUnit(view.before(node), unit) + ', after ' + formatUnit(view.before(node) + flame.value[node], unit)));
  const place = node ? framePlace(model, frame, line) || frameModule(model, frame) : '';
  if (place) parts.push(make('div', {class: 'dim'}, place + (model.frame.inlined[frame] ? ' (inlined)' : '')));
  return parts;
}

function showTip(app, view, node, event) {
  const {tip} = app;
  tip.hidden = node < 0 || !event;
  if (tip.hidden) return;
  tip.replaceChildren(...hoverText(view, node));
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8)) + 'px';
  tip.style.top = (event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 18) + 'px';
}

function flameToolbar(app) {
  const {model, state} = app;
  const modules = (model.modules || []).slice(0, 60).map((path) => [path, baseName(path)]);
  const toggle = (text, name, on, off, help) => make('button', {class: 'button', title: help, 'aria-pressed': String(state[name] === on), onclick: () => app.set({[name]: state[name] === on ? off : on, zoom: []})}, text);
  const items = [
    toggle(state.order === 'callers' ? 'Callers first' : 'Allocators first', 'order', 'allocators', 'callers', 'Which end of the stacks is at the root'),
    make('button', {class: 'button', 'aria-pressed': String(state.bottom), title: 'Turn it over', onclick: () => app.set({bottom: !state.bottom})}, state.bottom ? 'Root at bottom' : 'Root at top'),
  ];
  if (model.meta.diff) items.push(selectBox('How the two are compared', [['change', 'Width: change'], ['after', 'Width: after'], ['sides', 'Side by side']], state.diffWidth, (value) => app.set({diffWidth: value})));
  if (model.meta.threads.length > 1) items.push(selectBox('Thread', [['', 'All threads'], ...model.meta.threads.map((thread, i) => [String(i), threadName(thread)])], state.thread === null ? '' : String(state.thread), (value) => app.set({thread: value === '' ? null : Number(value)})));
  if (modules.length > 1) items.push(selectBox('Module', [['', 'All modules'], ...modules], state.module, (value) => app.set({module: value})));
  if (app.kinds.length > 1) items.push(selectBox('What is counted', app.kinds, String(state.kind), (value) => app.set({kind: Number(value), zoom: []})));
  for (const [name, text] of [['keep', 'only with '], ['hide', 'without ']])
    if (state[name]) items.push(make('button', {class: 'chip', title: 'Take this filter away', onclick: () => app.set({[name]: ''})}, text + state[name] + ' \u00d7'));
  return items;
}

/* A flame of one of the two profiles that are compared. */
function flameOfSet(app, values, set) {
  const {model, state} = app;
  const own = values.map((value, i) => model.row.set[i] !== set ? 0 : set ? -value : value);
  return state.order === 'callers' ? callersFirst(model, own, app.mask()) : allocatorsFirst(model, own, app.mask());
}

/* The difference of the two, in colours; `before` tells what a node had. */
function flameOfChange(app, view, values) {
  const {model, state} = app;
  const mask = app.mask();
  if (state.order !== 'callers') return allocatorsFirst(model, values, mask);
  const widths = model.meta.diff && state.diffWidth === 'after' ? values.map((value, i) => model.row.set[i] ? 0 : value) : null;
  const flame = callersFirst(model, values, mask, widths);
  if (model.meta.diff) {
    const base = {...flame, value: selfValues(model, values.map((value, i) => model.row.set[i] ? -value : 0), mask)};
    base.width = base.value;
    totalUp(base);
    view.before = (node) => base.value[node];
  }
  return flame;
}

function flameView(app) {
  const {model} = app;
  const aside = make('aside', {'aria-label': 'Selected call'});
  const part = (id, label) => makeFlame(model, {
    id, label, onHover: (one, node, event) => showTip(app, one, node, event),
    onSelect: (one, node) => { describeNode(app, one, aside, node); updateOutline(one); },
    onZoom: (one, node) => zoomAll(one, pathOf(model, one.flame, node)),
  });
  const view = part('call', 'Call tree');
  const other = model.meta.diff ? part('before', 'Call tree before') : null;
  const titles = ['', ''].map(() => make('h3', {hidden: true}));
  const sides = make('div', {class: 'sides'}, make('div', {}, titles[1], view.element));
  const otherSide = other && make('div', {}, titles[0], other.element);
  const views = [view];
  /* What is zoomed in on one side is so on the other, as far as it is there. */
  const zoomAll = (from, path) => {
    app.state.zoom = path;
    for (const one of views) {
      if (one === from) continue;
      one.zoom = findPath(model, one.flame, path);
      if (!one.flame.width[one.zoom]) one.zoom = 0;
      drawFlame(one);
    }
    app.remember();
  };
  const show = (flame, one = view) => {
    const {state} = app;
    one.rootName = metricName(model, state.metric, app.range());
    one.unit = METRICS[state.metric].unit;
    one.bottom = state.bottom;
    one.empty.textContent = emptyText(app);
    setFlame(one, flame, state.zoom);
    app.extra.replaceChildren(...flameToolbar(app));
    mark();
  };
  const update = () => {
    const values = rowValues(model, app.state.metric, app.range());
    const isDouble = other && app.state.diffWidth === 'sides';
    view.before = null;
    for (const title of titles) title.hidden = !isDouble;
    sides.classList.toggle('double', Boolean(isDouble));
    views.splice(1);
    if (isDouble) {
      views.push(other);
      sides.prepend(otherSide);
      show(flameOfSet(app, values, 1), other);
      show(flameOfSet(app, values, 0));
      views.forEach((one, i) => { titles[1 - i].textContent = (i ? 'Before: ' : 'After: ') + formatUnit(one.flame.value[0], one.unit); });
    } else {
      if (otherSide) otherSide.remove();
      show(flameOfChange(app, view, values));
    }
    describeNode(app, view, aside, view.cursor);
    views.forEach(updateOutline);
  };
  const mark = () => {
    for (const one of views) {
      one.marked = app.state.search ? matchingFrames(model, app.state.search) : null;
      drawFlame(one);
    }
    const found = view.marked && view.flame ? matchedWidth(view.flame, view.marked) : null;
    app.found.textContent = found ? (found.count ? formatShare(found.width, view.flame.width[0]) + ' in ' + formatCount(found.count) + ' places' : 'nothing found') : '';
  };
  const element = make('div', {class: 'split'}, sides, aside);
  return {element, update, show, view, all: other ? [view, other] : [view], mark, draw: () => views.forEach(drawFlame)};
}

function emptyText(app) {
  const entry = METRICS[app.state.metric];
  return 'Nothing to show: ' + entry.name.toLowerCase() + ' is zero for what the filters' + (app.range() ? ' and the range' : '') + ' leave.';
}

/* The selected call: its numbers, what its blocks are like, and where to go from here. */
function describeNode(app, view, aside, node) {
  const {model} = app;
  const {flame} = view;
  if (!flame || aside.dataset.key === node + ':' + app.serial) return;
  aside.dataset.key = node + ':' + app.serial;
  const frame = flame.frame[node];
  const name = node ? frameTitle(model, frame) : '';
  const isModelNode = flame.frame === model.nodeFrame;
  const wanted = !node ? () => true : isModelNode ? (row) => model.row.node[row] >= node && model.row.node[row] < model.end[node] : rowsUnder(model, pathOf(model, flame, node));
  const actions = make('div', {class: 'actions'});
  if (node) {
    actions.append(make('button', {class: 'button', onclick: () => app.set({view: 'functions', fn: model.functionOf[frame]})}, 'Callers and callees'),
      make('button', {class: 'button', onclick: () => app.set({keep: name, zoom: []})}, 'Only this'),
      make('button', {class: 'button', onclick: () => app.set({hide: name, zoom: []})}, 'Without this'),
      make('button', {class: 'button', onclick: () => zoomFlame(view, 0)}, 'Zoom out'));
  }
  const place = node ? framePlace(model, frame, isModelNode ? model.nodeLine[node] : 0) : '';
  aside.replaceChildren(make('h2', {}, node ? name : view.rootName),
    make('div', {class: 'dim'}, node ? [place, baseName(frameModule(model, frame))].filter(Boolean).join(' \u00b7 ') : 'everything that the filters leave'),
    actions, ...describeRows(app, wanted));
}

/* Rows whose stacks begin, from the allocator on, with these functions. */
function rowsUnder(model, path) {
  return (row) => {
    let node = model.row.node[row];
    for (const number of path) {
      if (node <= 0 || model.functionOf[model.nodeFrame[node]] !== number) return false;
      node = model.parent[node];
    }
    return true;
  };
}

function functionsView(app) {
  const {model} = app;
  let sums = {own: [], below: []};
  const title = (number) => shortName(model.functions[number].name);
  const shown = (value) => withSign(formatUnit(value, METRICS[app.state.metric].unit), model.meta.diff ? value : 0);
  const grid = makeGrid([
    {key: 'below', title: 'With callees', width: 112, value: (i) => sums.below[i], text: (i) => shown(sums.below[i]), help: 'of all stacks that it is on'},
    {key: 'own', title: 'Itself', width: 100, value: (i) => sums.own[i], text: (i) => sums.own[i] ? shown(sums.own[i]) : '\u00b7', help: 'where it called the allocator'},
    {key: 'name', title: 'Function', width: 160, isWide: true, isText: true, text: title},
  ], {label: 'Functions', sort: 'own', onSort: () => {}, onSelect: (fn) => { app.state.fn = fn; app.remember(); show(); }});
  const part = (id, label) => makeFlame(model, {
    id, label, onHover: (one, node, event) => showTip(app, one, node, event), onSelect: (one) => updateOutline(one), onZoom: () => {},
  });
  const callers = part('caller', 'Callers');
  const callees = part('callee', 'Callees');
  callers.bottom = true;
  const title2 = make('h3', {}, '');
  const title3 = make('h3', {}, '');
  const element = make('div', {}, make('div', {class: 'split even'}, grid.element, make('div', {class: 'sandwich'}, title2, callers.element, title3, callees.element)));
  const show = () => {
    const fn = app.state.fn;
    if (fn < 0) return;
    const both = sandwich(model, rowValues(model, app.state.metric, app.range()), app.mask(), fn);
    title2.textContent = 'Who calls ' + title(fn);
    title3.textContent = 'What ' + title(fn) + ' calls';
    for (const [view, flame] of [[callers, both.callers], [callees, both.callees]]) {
      view.unit = METRICS[app.state.metric].unit;
      view.rootName = metricName(model, app.state.metric, app.range());
      view.cursor = 0;
      setFlame(view, flame, []);
      view.empty.textContent = emptyText(app);
      drawFlame(view);
      updateOutline(view);
    }
    callers.element.scrollTop = callers.contentHeight;
  };
  const update = () => {
    sums = functionSums(model, rowValues(model, app.state.metric, app.range()), app.mask());
    const test = app.state.search ? makeMatcher(app.state.search) : null;
    const list = [];
    for (let i = 0; i < model.functions.length; i++) if ((sums.below[i] || sums.own[i]) && (!test || test(model.functions[i].name))) list.push(i);
    setGrid(grid, list);
    if (app.state.fn < 0 && list.length) app.state.fn = grid.list[0];
    grid.selected = app.state.fn;
    drawGrid(grid);
    show();
  };
  return {element, update, draw: () => { drawFlame(callers); drawFlame(callees); }, views: [callers, callees]};
}
