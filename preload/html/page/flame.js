/* SPDX-License-Identifier: MIT
 *
 * A flame on a canvas. What is narrower than half a pixel is skipped with all that is below it, so that drawing
 * costs what is seen, not what is there. */

const FLAME_ROW = 19;

const PALETTE = {
  light: ['#aecde8', '#f3dca6', '#abdccf', '#cfc6ea', '#f1c3cd', '#d4dda6', '#f4cba8', '#c9d1da'],
  dark: ['#2d5678', '#6a5527', '#29625a', '#52467a', '#764250', '#566027', '#78502f', '#4a525c'],
};

function mixColours(one, other, part) {
  const channel = (colour, at) => parseInt(colour.slice(at, at + 2), 16);
  return '#' + [1, 3, 5].map((at) => Math.round(channel(one, at) * (1 - part) + channel(other, at) * part).toString(16).padStart(2, '0')).join('');
}

/* Modules by the number of their functions: the first ones have colours of their own. */
function rankModules(model) {
  const weight = new Uint32Array(model.strings.length);
  for (const {module} of model.functions) weight[module]++;
  const order = [];
  for (let one = 0; one < weight.length; one++) if (weight[one] && model.strings[one]) order.push(one);
  order.sort((one, other) => weight[other] - weight[one]);
  model.modules = order.map((one) => model.strings[one]);
  model.moduleRank = new Uint8Array(model.strings.length).fill(7);
  order.forEach((one, rank) => { model.moduleRank[one] = Math.min(rank, 7); });
}

/* A module's colour, a little lighter or darker from function to function, so that neighbours differ. */
const SHADES = 5;
function makeTints(theme) {
  return PALETTE[theme].map((colour) => Array.from({length: SHADES}, (_, i) => mixColours(colour, theme === 'dark' ? '#0d1014' : '#ffffff', 0.3 * i / SHADES)));
}

function flameColour(view, node) {
  const {model, flame, theme} = view;
  if (flame.isSigned) {
    const strength = Math.min(1, 0.25 + 0.75 * Math.abs(flame.value[node]) / (flame.width[node] || 1));
    const blank = theme === 'dark' ? '#3a4048' : '#e6e8eb';
    if (!flame.value[node]) return blank;
    return mixColours(blank, flame.value[node] > 0 ? (theme === 'dark' ? '#a8662a' : '#f0a35e') : theme === 'dark' ? '#2f6ea3' : '#86bde6', strength);
  }
  if (view.tintsOf !== theme) Object.assign(view, {tints: makeTints(theme), tintsOf: theme});
  const frame = flame.frame[node];
  return view.tints[model.moduleRank[model.frame.module[frame]]][model.functionOf[frame] * 7 % SHADES];
}

function makeFlame(model, options) {
  const canvas = make('canvas', {'aria-hidden': 'true'});
  const spacer = make('div');
  const outline = make('div', {class: 'tree', role: 'presentation'});
  const empty = make('p', {class: 'empty', hidden: true});
  const element = make('div', {class: 'flame', tabindex: 0, role: 'tree', 'aria-label': options.label}, canvas, spacer, outline, empty);
  const view = {
    model, options, element, canvas, spacer, outline, empty, flame: null, zoom: 0, cursor: 0, marked: null, bottom: false, theme: 'light',
    rootName: 'all', unit: 'bytes',
  };
  listenToFlame(view);
  return view;
}

/* Where a row of that depth stands. */
function rowTop(view, depth) {
  return view.bottom ? view.contentHeight - (depth + 1) * FLAME_ROW : depth * FLAME_ROW;
}

function flameSpan(view) {
  const {flame, zoom} = view;
  return {from: flame.left[zoom], width: flame.width[zoom] || 1};
}

/* Depth from the zoomed node on, its callers above it being always in sight. */
function drawFlame(view) {
  const {flame, element, canvas} = view;
  if (!flame || !element.clientWidth) return;
  const width = element.clientWidth;
  const height = element.clientHeight;
  view.contentHeight = Math.max(height, (flame.deepest + 1) * FLAME_ROW + 4);
  view.spacer.style.height = Math.max(0, view.contentHeight - height) + 'px';
  const context = fitCanvas(canvas, width, height);
  context.clearRect(0, 0, width, height);
  context.font = view.font;
  view.letter ||= context.measureText('mmmmmmmmmm').width / 10;
  const {from, width: whole} = flameSpan(view);
  const scale = width / whole;
  const scroll = element.scrollTop;
  const least = 0.5 / scale;
  const right = from + whole;
  view.drawn = 0;
  for (let i = 0; i < flame.count;) {
    if (flame.width[i] < least || flame.left[i] >= right || flame.left[i] + flame.width[i] <= from) {
      i = flame.end[i];
      continue;
    }
    const y = rowTop(view, flame.depth[i]) - scroll;
    if (y > -FLAME_ROW && y < height) {
      const x = Math.max(0, (flame.left[i] - from) * scale);
      drawFrame(context, view, i, x, y, Math.min(width, (flame.left[i] + flame.width[i] - from) * scale) - x);
    }
    i++;
  }
}

function drawFrame(context, view, node, x, y, width) {
  const {flame, model, marked} = view;
  const isHit = marked && marked[flame.frame[node]] && node > 0;
  const colours = view.colours;
  const alpha = flame.depth[node] < flame.depth[view.zoom] ? 0.55 : marked && !isHit ? 0.45 : 1;
  view.drawn++;
  if (alpha !== 1) context.globalAlpha = alpha;
  context.fillStyle = node === 0 ? colours.line : isHit ? colours.hit : flameColour(view, node);
  context.fillRect(x, y, width > 2 ? width - 1 : width, FLAME_ROW - 1);
  if (alpha !== 1) context.globalAlpha = 1;
  if (node === view.cursor && width > 1) {
    context.strokeStyle = colours.text;
    context.lineWidth = 2;
    context.strokeRect(x + 1, y + 1, Math.max(1, width - 3), FLAME_ROW - 3);
    context.lineWidth = 1;
  }
  const letters = Math.floor((width - 7) / view.letter);
  if (letters < 2) return;
  const name = node === 0 ? view.rootName : shortName(frameTitle(model, flame.frame[node]));
  context.fillStyle = isHit ? '#1b1f24' : colours.text;
  context.fillText(name.length <= letters ? name : letters < 4 ? name.slice(0, letters) : name.slice(0, letters - 1) + '\u2026', x + 3.5, y + 13);
}

function nodeAt(view, event) {
  const {flame, canvas, element} = view;
  const box = canvas.getBoundingClientRect();
  const {from, width} = flameSpan(view);
  const at = from + (event.clientX - box.left) / box.width * width;
  const y = event.clientY - box.top + element.scrollTop;
  const depth = Math.floor((view.bottom ? view.contentHeight - y : y) / FLAME_ROW);
  const least = width / box.width * 0.5;
  let node = 0;
  while (flame.depth[node] < depth) {
    let child = node + 1;
    while (child < flame.end[node] && (flame.width[child] < least || flame.left[child] + flame.width[child] <= at)) child = flame.end[child];
    if (child >= flame.end[node] || flame.left[child] > at) return -1;
    node = child;
  }
  return depth < 0 ? -1 : node;
}

function listenToFlame(view) {
  const {canvas, element} = view;
  canvas.addEventListener('mousemove', (event) => {
    if (!view.flame) return;
    const node = nodeAt(view, event);
    view.options.onHover(view, node, event);
  });
  canvas.addEventListener('mouseleave', () => view.options.onHover(view, -1, null));
  canvas.addEventListener('click', (event) => {
    const node = view.flame ? nodeAt(view, event) : -1;
    if (node < 0) return;
    view.cursor = node;
    view.options.onSelect(view, node);
    zoomFlame(view, node);
  });
  element.addEventListener('scroll', () => drawFlame(view));
  element.addEventListener('keydown', (event) => walkFlame(view, event));
}

function zoomFlame(view, node) {
  view.zoom = node;
  view.options.onZoom(view, node);
  showRow(view, node);
  drawFlame(view);
}

/* Brings the row of a node into sight. */
function showRow(view, node) {
  const top = rowTop(view, view.flame.depth[node]);
  const {element} = view;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + FLAME_ROW > element.scrollTop + element.clientHeight) element.scrollTop = top + FLAME_ROW - element.clientHeight;
}

/* The flame is another one: what was zoomed in stays so, by the names on its path. */
function setFlame(view, flame, path) {
  const first = !view.flame;
  view.flame = flame;
  view.zoom = path.length ? findPath(view.model, flame, path) : 0;
  if (!flame.width[view.zoom]) view.zoom = 0;
  view.cursor = Math.min(view.cursor, flame.count - 1);
  if (!flame.width[view.cursor]) view.cursor = view.zoom;
  view.empty.hidden = flame.width[0] > 0;
  if (first && view.bottom) {
    drawFlame(view);
    view.element.scrollTop = view.contentHeight;
  }
}
