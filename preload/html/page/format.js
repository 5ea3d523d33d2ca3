/* SPDX-License-Identifier: MIT
 *
 * Numbers as people read them, and elements that only ever hold text as text. */

const NS_PER_MS = 1e6;

function formatScaled(value, units, step) {
  let unit = 0;
  let size = Math.abs(value);
  while (size >= step && unit + 1 < units.length) {
    size /= step;
    unit++;
  }
  const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return (value < 0 ? '\u2212' : '') + size.toFixed(digits) + '\u00a0' + units[unit];
}

const formatBytes = (value) => formatScaled(value, ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 1024);
const formatCount = (value) => (value < 0 ? '\u2212' : '') + String(Math.abs(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

function formatTime(ns) {
  if (ns === 0) return '0';
  if (ns < 1e3) return ns + '\u00a0ns';
  if (ns < 1e6) return (ns / 1e3).toPrecision(3) + '\u00a0\u00b5s';
  if (ns < 1e9) return (ns / 1e6).toFixed(ns < 1e8 ? 1 : 0) + '\u00a0ms';
  if (ns < 120e9) return (ns / 1e9).toFixed(2) + '\u00a0s';
  const seconds = Math.round(ns / 1e9);
  if (seconds < 7200) return Math.floor(seconds / 60) + '\u00a0min\u00a0' + (seconds % 60) + '\u00a0s';
  return Math.floor(seconds / 3600) + '\u00a0h\u00a0' + (Math.floor(seconds / 60) % 60) + '\u00a0min';
}

function formatShare(part, whole) {
  if (!whole) return '\u2013';
  const percent = 100 * part / whole;
  const size = Math.abs(percent);
  return (size > 0 && size < 0.1 ? (percent < 0 ? '\u2212' : '') + '<0.1' : percent.toFixed(size >= 99.95 ? 0 : 1)) + '\u00a0%';
}

const formatUnit = (value, unit) => unit === 'bytes' ? formatBytes(value) : formatCount(value);
const withSign = (text, value) => value > 0 ? '+' + text : text;

/* make('td', {class: 'x', onclick: f}, 'text', element ...) */
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/* A function's name without its arguments, and where it is long without those of templates. */
const shortNames = new Map();
function shortName(name) {
  let short = shortNames.get(name);
  if (short !== undefined) return short;
  short = name.replace(/^\(anonymous namespace\)/, '{anonymous}').replace(/::\(anonymous namespace\)/g, '::{anonymous}');
  const open = short.indexOf('(', short.startsWith('operator()') ? 10 : 1);
  if (open > 0 && short[open - 1] !== ' ' && !short.slice(0, open).endsWith('operator')) short = short.slice(0, open);
  let depth = 0;
  let out = '';
  for (const letter of short.length > 48 ? short : '') {
    if (letter === '<' && !out.endsWith('operator') && depth++ === 0) out += '<';
    else if (letter === '>' && depth > 0 && --depth === 0) out += '>';
    else if (depth === 0) out += letter;
  }
  if (out && depth === 0) short = out;
  shortNames.set(name, short);
  return short;
}

const baseName = (path) => path.slice(path.lastIndexOf('/') + 1);
