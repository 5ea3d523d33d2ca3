/* SPDX-License-Identifier: MIT
 *
 * What the page shows, and the same in the address behind #, so that a link opens the same view. */

const STATE_KEYS = {
  view: 'v', metric: 'm', order: 'o', bottom: 'b', search: 'q', thread: 't', module: 'mod', keep: 'keep', hide: 'hide',
  kind: 'c', zoom: 'z', fn: 'f', sort: 's', range: 'r', diffWidth: 'w',
};

const STATE_DEFAULTS = {
  view: 'flame', metric: 'peak', order: 'callers', bottom: false, search: '', thread: null, module: '', keep: '', hide: '',
  kind: 0, zoom: [], fn: -1, sort: '', range: null, diffWidth: 'change',
};

function writeState(state, defaults) {
  const parts = [];
  for (const [name, key] of Object.entries(STATE_KEYS)) {
    const value = state[name];
    if (JSON.stringify(value) === JSON.stringify(defaults[name])) continue;
    const text = Array.isArray(value) ? value.join('.') : value === true ? '1' : String(value);
    parts.push(key + '=' + encodeURIComponent(text));
  }
  return parts.join('&');
}

const toNumbers = (text) => text.split('.').filter((word) => /^\d+$/.test(word)).map(Number);

/* What makes no sense is left as it was. */
function readState(model, text, defaults) {
  const state = {...defaults};
  const given = new Map(text.split('&').map((part) => {
    const equals = part.indexOf('=');
    try {
      return [part.slice(0, equals), decodeURIComponent(part.slice(equals + 1))];
    } catch {
      return [part.slice(0, equals), ''];
    }
  }));
  const get = (name) => given.get(STATE_KEYS[name]);
  const oneOf = (name, values) => {
    if (values.includes(get(name))) state[name] = get(name);
  };
  oneOf('view', ['flame', 'sites', 'functions', 'sizes', 'threads', 'growth', 'source', 'quality']);
  oneOf('metric', Object.keys(METRICS));
  oneOf('order', ['callers', 'allocators']);
  oneOf('diffWidth', ['change', 'after', 'sides']);
  for (const name of ['search', 'module', 'keep', 'hide', 'sort']) if (get(name) !== undefined) state[name] = get(name);
  if (get('bottom') !== undefined) state.bottom = get('bottom') === '1';
  const thread = Number(get('thread'));
  if (get('thread') && thread < model.meta.threads.length) state.thread = thread;
  if (['0', '1', '2'].includes(get('kind'))) state.kind = Number(get('kind'));
  const fn = Number(get('fn'));
  if (get('fn') && fn < model.functions.length) state.fn = fn;
  if (get('zoom')) state.zoom = toNumbers(get('zoom')).filter((number) => number < model.functions.length);
  const range = toNumbers(get('range') || '');
  if (range.length === 2 && range[0] < range[1] && range[1] <= model.samples.count) state.range = range;
  if (state.range && METRICS[state.metric].wholeOnly) state.metric = 'live';
  return state;
}
