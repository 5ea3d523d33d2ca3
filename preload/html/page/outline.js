/* SPDX-License-Identifier: MIT
 *
 * The flame for those who do not see it, or have no mouse: the same tree as ARIA tree items. Only the way to
 * the cursor, its siblings and its children are there, as a screen reader reads no more at a time. */

function childrenOf(flame, node) {
  const list = [];
  for (let child = node + 1; child < flame.end[node]; child = flame.end[child]) if (flame.width[child] > 0) list.push(child);
  return list;
}

function itemText(view, node) {
  const {flame, model} = view;
  const name = node === 0 ? view.rootName : shortName(frameTitle(model, flame.frame[node]));
  return name + ', ' + formatUnit(flame.value[node], view.unit) + ', ' + formatShare(flame.width[node], flame.width[0]);
}

function makeItem(view, node, place, siblings, isOpen) {
  return make('div', {
    role: 'treeitem', id: view.options.id + '-' + node, 'aria-level': view.flame.depth[node] + 1, 'aria-posinset': place + 1,
    'aria-setsize': siblings, 'aria-expanded': view.flame.end[node] > node + 1 ? String(isOpen) : undefined,
    'aria-selected': String(node === view.cursor),
  }, itemText(view, node));
}

function updateOutline(view) {
  const {flame, cursor, outline, element} = view;
  if (!flame) return;
  const MOST = 60;
  const path = [];
  for (let at = cursor; at >= 0; at = flame.parent[at]) path.unshift(at);
  const items = [];
  for (const node of path) {
    const siblings = node === 0 ? [0] : childrenOf(flame, flame.parent[node]);
    const place = siblings.indexOf(node);
    if (node !== cursor) {
      items.push(makeItem(view, node, place, siblings.length, true));
      continue;
    }
    const first = Math.max(0, place - MOST / 2);
    siblings.slice(first, first + MOST).forEach((sibling, i) => items.push(makeItem(view, sibling, first + i, siblings.length, sibling === cursor)));
    const own = childrenOf(flame, node);
    const at = items.findIndex((item) => item.id === view.options.id + '-' + node);
    items.splice(at + 1, 0, ...own.slice(0, MOST).map((child, i) => makeItem(view, child, i, own.length, false)));
  }
  outline.replaceChildren(...items);
  element.setAttribute('aria-activedescendant', view.options.id + '-' + cursor);
}

/* Left and right go to siblings; towards the leaves and back as the flame stands. */
function walkFlame(view, event) {
  const {flame} = view;
  if (!flame || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = view.bottom ? {ArrowUp: 'ArrowDown', ArrowDown: 'ArrowUp'}[event.key] || event.key : event.key;
  let to = view.cursor;
  if (key === 'ArrowDown') {
    to = childrenOf(flame, to)[0] ?? to;
  } else if (key === 'ArrowUp') {
    to = Math.max(0, flame.parent[to]);
  } else if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const siblings = to ? childrenOf(flame, flame.parent[to]) : [0];
    to = siblings[siblings.indexOf(to) + (key === 'ArrowRight' ? 1 : -1)] ?? to;
  } else if (key === 'Home') {
    to = 0;
  } else if (key === 'Enter' || key === ' ') {
    zoomFlame(view, to);
  } else if (key === 'Escape' && view.zoom) {
    zoomFlame(view, 0);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  moveCursor(view, to);
}

function moveCursor(view, node) {
  const {flame} = view;
  view.cursor = node;
  const {from, width} = flameSpan(view);
  const isSeen = flame.left[node] >= from && flame.left[node] + flame.width[node] <= from + width * (1 + 1e-9);
  const isThin = flame.width[node] * view.element.clientWidth < 4 * width;
  if (!isSeen || isThin) zoomFlame(view, Math.max(0, flame.parent[node]));
  showRow(view, node);
  updateOutline(view);
  view.options.onSelect(view, node);
  drawFlame(view);
}

/* The next frame that the search found, in the order of the tree. */
function nextMatch(view, step) {
  const {flame, marked} = view;
  if (!marked || !flame) return;
  for (let i = 1; i < flame.count; i++) {
    const node = (view.cursor + step * i + flame.count * 2) % flame.count;
    if (node > 0 && marked[flame.frame[node]] && flame.width[node] > 0) {
      moveCursor(view, node);
      return;
    }
  }
}
