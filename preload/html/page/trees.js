/* SPDX-License-Identifier: MIT
 *
 * Flames: trees as plain arrays in preorder, with value, width and place. A value is a sum, a width a sum of
 * amounts without their signs, so that what grew and what shrank are both seen. */

/* What each node has itself. In a comparison what the base has counts against it. */
function selfValues(model, values, mask) {
  const self = new Float64Array(model.nodes);
  const {node, set} = model.row;
  for (let i = 0; i < values.length; i++) if (mask[i]) self[node[i]] += set[i] ? -values[i] : values[i];
  return self;
}

/* Adds what is below each node, children before parents. */
function totalUp(flame) {
  const {count, parent, value, width} = flame;
  for (let i = count - 1; i > 0; i--) {
    value[parent[i]] += value[i];
    if (width !== value) width[parent[i]] += width[i];
  }
}

/* Each node's left edge, as a share of the root's width. */
function placeNodes(flame) {
  const {count, parent, width} = flame;
  const left = new Float64Array(count);
  const next = new Float64Array(count);
  for (let i = 1; i < count; i++) {
    left[i] = next[parent[i]];
    next[i] = left[i];
    next[parent[i]] = left[i] + width[i];
  }
  flame.left = left;
}

function callersFirst(model, values, mask, widths) {
  const value = selfValues(model, values, mask);
  let isSigned = false;
  for (let i = 0; i < value.length && !isSigned; i++) isSigned = value[i] < 0;
  const width = isSigned || widths ? (widths ? selfValues(model, widths, mask) : value).map(Math.abs) : value;
  const flame = {
    count: model.nodes, depth: model.depth, parent: model.parent, end: model.end, frame: model.nodeFrame, value, width,
    deepest: model.deepest, isSigned,
  };
  totalUp(flame);
  placeNodes(flame);
  return flame;
}

/* A flame out of groups of nodes of the model. Each item is a node with an amount; those of one function are one
 * group; `expand` says what stands below. What is narrower than the least share is left out. */
function growFlame(model, first, expand, isSigned) {
  const depth = [0], parent = [-1], end = [0], frame = [0], value = [0], width = [0];
  const slot = new Int32Array(model.functions.length).fill(-1);
  let deepest = 0;
  for (let i = 0; i < first.nodes.length; i++) {
    value[0] += first.values[i];
    width[0] += Math.abs(first.values[i]);
  }
  const least = width[0] / 6000;
  const grow = (items, above, level) => {
    const groups = [];
    for (let i = 0; i < items.nodes.length; i++) {
      const number = model.functionOf[model.nodeFrame[items.nodes[i]]];
      let group = slot[number] >= 0 ? groups[slot[number]] : null;
      if (!group) {
        slot[number] = groups.length;
        group = {number, nodes: [], values: [], value: 0, width: 0};
        groups.push(group);
      }
      group.nodes.push(items.nodes[i]);
      group.values.push(items.values[i]);
      group.value += items.values[i];
      group.width += Math.abs(items.values[i]);
    }
    for (const group of groups) slot[group.number] = -1;
    groups.sort((one, other) => other.width - one.width);
    for (const group of groups) {
      if (group.width < least || group.width === 0) break;
      const at = depth.length;
      depth.push(level);
      parent.push(above);
      frame.push(model.functions[group.number].frame);
      value.push(group.value);
      width.push(group.width);
      end.push(0);
      if (level > deepest) deepest = level;
      grow(expand(group), at, level + 1);
      end[at] = depth.length;
    }
  };
  grow(first, 0, 1);
  end[0] = depth.length;
  const flame = {
    count: depth.length, depth, parent, end, frame, value: Float64Array.from(value), width: Float64Array.from(width), deepest, isSigned,
  };
  placeNodes(flame);
  return flame;
}

/* From each item to its caller, with the same amount. */
function towardsCallers(model) {
  return (group) => {
    const nodes = [];
    const values = [];
    for (let i = 0; i < group.nodes.length; i++) {
      const caller = model.parent[group.nodes[i]];
      if (caller > 0) {
        nodes.push(caller);
        values.push(group.values[i]);
      }
    }
    return {nodes, values};
  };
}

function towardsCallees(model, totals) {
  return (group) => {
    const nodes = [];
    const values = [];
    for (const node of group.nodes)
      for (let child = node + 1; child < model.end[node]; child = model.end[child])
        if (totals[child] !== 0) {
          nodes.push(child);
          values.push(totals[child]);
        }
    return {nodes, values};
  };
}

function allocatorsFirst(model, values, mask) {
  const self = selfValues(model, values, mask);
  const first = {nodes: [], values: []};
  let isSigned = false;
  for (let i = 1; i < model.nodes; i++) {
    if (self[i] === 0) continue;
    first.nodes.push(i);
    first.values.push(self[i]);
    isSigned ||= self[i] < 0;
  }
  return growFlame(model, first, towardsCallers(model), isSigned);
}

/* The nodes of a function that have none of it above them. */
function outermostOf(model, number) {
  const nodes = [];
  for (let i = 1; i < model.nodes;) {
    if (model.functionOf[model.nodeFrame[i]] === number) {
      nodes.push(i);
      i = model.end[i];
    } else {
      i++;
    }
  }
  return nodes;
}

/* The callers and the callees of a function, each as a flame with the function at its root's child. */
function sandwich(model, values, mask, number) {
  const whole = callersFirst(model, values, mask);
  const nodes = outermostOf(model, number).filter((node) => whole.value[node] !== 0);
  const first = {nodes, values: nodes.map((node) => whole.value[node])};
  return {
    callers: growFlame(model, first, towardsCallers(model), whole.isSigned),
    callees: growFlame(model, first, towardsCallees(model, whole.value), whole.isSigned),
  };
}

/* For each function: what was allocated in it, and below it (recursion counts once). */
function functionSums(model, values, mask) {
  const self = selfValues(model, values, mask);
  const total = self.slice();
  for (let i = model.nodes - 1; i > 0; i--) total[model.parent[i]] += total[i];
  const own = new Float64Array(model.functions.length);
  const below = new Float64Array(model.functions.length);
  const open = new Uint32Array(model.functions.length);
  const path = [];
  for (let i = 1; i < model.nodes; i++) {
    while (path.length && model.end[path[path.length - 1]] <= i) open[model.functionOf[model.nodeFrame[path.pop()]]]--;
    const number = model.functionOf[model.nodeFrame[i]];
    own[number] += self[i];
    if (!open[number]++) below[number] += total[i];
    path.push(i);
  }
  return {own, below};
}

/* The frames from the root to a node, as numbers of functions. */
function pathOf(model, flame, node) {
  const path = [];
  for (let at = node; at > 0; at = flame.parent[at]) path.unshift(model.functionOf[flame.frame[at]]);
  return path;
}

function findPath(model, flame, path) {
  let at = 0;
  for (const number of path) {
    let child = at + 1;
    while (child < flame.end[at] && model.functionOf[flame.frame[child]] !== number) child = flame.end[child];
    if (child >= flame.end[at]) break;
    at = child;
  }
  return at;
}

/* How much of the whole has a marked frame in its stack. */
function matchedWidth(flame, marked) {
  let width = 0;
  let count = 0;
  for (let i = 1; i < flame.count;) {
    if (marked[flame.frame[i]] && flame.width[i] > 0) {
      width += flame.width[i];
      count++;
      i = flame.end[i];
    } else {
      i++;
    }
  }
  return {width, count};
}
