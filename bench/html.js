/* SPDX-License-Identifier: MIT
 *
 * usage: html.js BUILD - what the page of tare html takes in Chromium, for call trees of any size. */
'use strict';
const {execFileSync, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {chromium} = require('playwright-core');

const build = path.resolve(process.argv[2]);
const folder = path.join(build, 'bench/html');
const rounds = Number(process.env.REPS) || 5;
const cases = (process.env.CASES || 'frames sites million cc1').split(' ');
const wants = (name) => cases.includes(name);
const rows = [];

const median = (list) => [...list].sort((one, other) => one - other)[Math.floor(list.length / 2)];

function note(name, metric, list, target) {
  rows.push({name, metric, median: median(list), least: Math.min(...list), target});
}

function makePage(name, nodes, sites, samples) {
  const ledger = path.join(folder, name + '.tare');
  const page = path.join(folder, name + '.html');
  execFileSync(path.join(build, 'bench/html_ledger'), [nodes, sites, samples, ledger].map(String));
  execFileSync(path.join(build, 'tare'), ['html', '--max-size', '1000', '-o', page, ledger], {stdio: 'ignore'});
  return page;
}

/* In the page: how long f takes, several times. */
const timed = (page, body) => page.evaluate(({text, count}) => {
  const work = new Function('tare', 'i', text);
  const times = [];
  for (let i = 0; i < count; i++) {
    const before = performance.now();
    work(tare, i);
    times.push(performance.now() - before);
  }
  return times;
}, {text: body, count: rounds});

async function measure(browser, name, file, targets) {
  const steps = {whole: [], from: []};
  for (let i = 0; i < rounds; i++) {
    const page = await browser.newPage({viewport: {width: 1400, height: 900}, bypassCSP: true});
    await page.goto('file://' + file);
    await page.waitForFunction(() => globalThis.tare && tare.timing);
    const timing = await page.evaluate(() => tare.timing);
    steps.whole.push(timing.drawn - timing.began);
    steps.from.push(timing.drawn - timing.built);
    if (i + 1 < rounds) {
      await page.close();
      continue;
    }
    note(name, 'first flame, from the script\'s start', steps.whole, targets.whole);
    note(name, 'of this: sums, layout, drawing', steps.from, targets.draw);
    const frames = await page.evaluate(() => tare.flames[0].flame.count);
    console.log(name + ': ' + frames + ' frames, ' + (fs.statSync(file).size / 1048576).toFixed(2) + ' MiB');
    note(name, 'zoom', await timed(page, 'const {view} = tare.views.flame; const {flame} = view; let node = 0; for (let k = 0; k < 6; k++) node = i % 2 ? 0 : node + 1; view.zoom = node; view.element.clientWidth; tare.views.flame.draw(); view.canvas.getContext("2d").getImageData(0, 0, 1, 1);'), targets.quick);
    note(name, 'search', await timed(page, 'tare.find(["component_3", "/0x[0-9]+8$/", "lib"][i % 3]); tare.flames[0].canvas.getContext("2d").getImageData(0, 0, 1, 1);'), targets.quick);
    await timed(page, 'tare.find("")');
    note(name, 'brush to flame graph', await timed(page, 'const n = tare.model.samples.count; tare.setRange([i + 1, n - i - 1]); tare.flames[0].canvas.getContext("2d").getImageData(0, 0, 1, 1);'), targets.brush);
    note(name, 'allocators first', await timed(page, 'tare.set({order: i % 2 ? "callers" : "allocators", range: null});'));
    await page.close();
  }
}

function measureCommand(name, ledger, target) {
  const times = [];
  let bytes = 0;
  for (let i = 0; i < rounds; i++) {
    const before = process.hrtime.bigint();
    if (spawnSync(path.join(build, 'tare'), ['html', '-o', path.join(folder, 'made.html'), ledger]).status !== 0) return;
    times.push(Number(process.hrtime.bigint() - before) / 1e6);
    bytes = fs.statSync(path.join(folder, 'made.html')).size;
  }
  note(name, 'tare html', times, target);
  rows.push({name, metric: 'MiB of the page', median: bytes / 1048576, least: bytes / 1048576, target: 2});
}

function recordCompiler() {
  const source = path.join(folder, 'source.i');
  const ledger = path.join(folder, 'cc1.tare');
  if (fs.existsSync(ledger)) return ledger;
  fs.writeFileSync(source + '.c', execFileSync('perl', ['bench/workloads/source.pl', '200'], {maxBuffer: 1 << 28}));
  execFileSync('gcc', ['-E', '-o', source, source + '.c']);
  const compiler = execFileSync('gcc', ['-print-prog-name=cc1']).toString().trim();
  spawnSync(path.join(build, 'tare'), ['run', '-o', ledger, compiler, '-quiet', '-O2', source, '-o', '/dev/null']);
  return fs.existsSync(ledger) ? ledger : null;
}

function print() {
  const lines = rows.map((row) => [row.name, row.metric, row.median.toFixed(1), row.least.toFixed(1), row.target === undefined ? '' : String(row.target), row.target === undefined ? '' : row.median <= row.target ? 'reached' : 'missed']);
  lines.unshift(['case', 'what', 'median ms', 'least', 'target', '']);
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  for (const line of lines) console.log(line.map((word, i) => i < 2 ? word.padEnd(widths[i]) : word.padStart(widths[i])).join('  '));
  const tsv = ['case\tmetric\tunit\tours\tpeer\tpeer_value\tratio', ...rows.map((row) => [row.name, row.metric, row.metric.startsWith('MiB') ? 'MiB' : 'ms', row.median, '', '', ''].join('\t'))];
  fs.writeFileSync(path.join(build, 'bench/html.tsv'), tsv.join('\n') + '\n');
}

(async () => {
  fs.mkdirSync(folder, {recursive: true});
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: ['--no-sandbox']});
  try {
    if (wants('frames')) await measure(browser, '100,000 frames', makePage('nodes100k', 190000, 30000, 120), {whole: 100, draw: 100, quick: 50, brush: 200});
    if (wants('sites')) await measure(browser, '100,000 sites', makePage('sites100k', 300000, 100000, 100), {quick: 50, brush: 200});
    if (wants('million')) await measure(browser, '1,000,000 frames', makePage('nodes1m', 2400000, 200000, 30), {whole: 500, draw: 500});
  } finally {
    await browser.close();
  }
  const ledger = wants('cc1') && recordCompiler();
  if (ledger) measureCommand('cc1', ledger, 1000);
  if (wants('sites')) measureCommand('100,000 sites, folded', path.join(folder, 'sites100k.tare'));
  print();
})();
