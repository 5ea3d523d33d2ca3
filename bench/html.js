/* SPDX-License-Identifier: MIT
 *
 * usage: html.js BUILD - what the page of tare html takes in Chromium, for call trees of any size. */
'use strict';
const {execFileSync, spawn, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {chromium} = require('playwright-core');

const build = path.resolve(process.argv[2]);
const folder = path.join(build, 'bench/html');
const rounds = Number(process.env.REPS) || 5;
const cases = (process.env.CASES || 'frames sites million cc1 sampling').split(' ');
const wants = (name) => cases.includes(name);
const rows = [];

const median = (list) => [...list].sort((one, other) => one - other)[Math.floor(list.length / 2)];

function note(name, metric, list, target, unit = 'ms') {
  rows.push({name, metric, median: median(list), least: Math.min(...list), target, unit});
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
  const steps = {whole: [], from: [], complete: []};
  for (let i = 0; i < rounds; i++) {
    const page = await browser.newPage({viewport: {width: 1400, height: 900}, bypassCSP: true});
    await page.goto('file://' + file);
    await page.waitForFunction(() => globalThis.tare && tare.timing);
    const timing = await page.evaluate(() => tare.timing);
    steps.whole.push(timing.drawn - timing.began);
    steps.from.push(timing.drawn - timing.built);
    steps.complete.push(timing.complete - timing.began);
    if (i + 1 < rounds) {
      await page.close();
      continue;
    }
    note(name, 'first flame, from the script\'s start', steps.whole, targets.whole);
    note(name, 'of this: layout and drawing', steps.from, targets.draw);
    note(name, 'all of it is read and answers', steps.complete);
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
  note(name, 'size of the page', [bytes / 1048576], 2, 'MiB');
}

/* A program of 8,192 sites under tare run, which is stopped for every other fifth of a second if `isStopped`: the
 * blocks of work with and without a sampler, and what tare run took itself. */
function runSampled(perSecond, blocks, isStopped) {
  return new Promise((resolve, reject) => {
    const file = path.join(folder, 'sampled.tare');
    fs.rmSync(file, {force: true});
    const began = process.hrtime.bigint();
    const child = spawn(path.join(build, 'tare'), ['run', '--samples', String(perSecond), '-o', file, path.join(build, 'bench/html_sampled'), String(blocks)], {stdio: ['pipe', 'pipe', 'ignore']});
    const turns = [];
    const turn = isStopped && setInterval(() => {
      child.kill(turns.length % 2 ? 'SIGCONT' : 'SIGSTOP');
      turns.push(Number(process.hrtime.bigint()));
    }, 200);
    let said = '';
    let result;
    child.stdout.on('data', (text) => {
      if (result) return;
      said += text;
      if (!said.includes('done\n')) return;
      clearInterval(turn);
      child.kill('SIGCONT');
      const [own] = fs.readFileSync('/proc/' + child.pid + '/schedstat', 'utf8').split(' ');
      result = {share: 100 * Number(own) / Number(process.hrtime.bigint() - began), blocks: said.split('\n').map((line) => line.split(' ').map(Number)).filter((line) => line.length === 2), turns};
      child.stdin.end();
    });
    child.on('error', reject);
    child.on('exit', () => {
      const dump = execFileSync(path.join(build, 'tare'), ['dump', file], {maxBuffer: 1 << 28}).toString();
      resolve({...result, samples: dump.split('\n').filter((line) => line.startsWith('sample ')).length});
    });
  });
}

/* Milliseconds of the program's processor time for each sample. Only blocks within one turn count, and of those
 * none that took twice the usual: something else was in their way. */
function costOfSample({blocks, turns, samples}) {
  const times = [[], []];
  for (const [at, cpu] of blocks) {
    const now = turns.findIndex((turn) => turn > at);
    const side = (now < 0 ? turns.length : now) % 2;
    if (turns.some((turn) => Math.abs(turn - at) < 2 * cpu)) continue;
    times[side].push(cpu / 1e6);
  }
  const usual = median(times[1]);
  const [on, off] = times.map((list) => list.filter((time) => time < 2 * usual)).map((list) => list.reduce((sum, time) => sum + time, 0) / list.length);
  return (on - off) * blocks.length / 2 / samples;
}

/* Samples as dense as can be, so that they are seen beside the noise. Of ten a second, a millisecond each is a
 * per cent. */
async function measureSampling() {
  const costs = [];
  const shares = [];
  for (let i = 0; i < rounds; i++) {
    costs.push(costOfSample(await runSampled(100, 800, true)));
    shares.push((await runSampled(10, 400, false)).share);
  }
  note('8,192 sites', 'processor time of the program a sample', costs);
  note('10 samples a second', 'processor time of the program', costs, 1, '%');
  note('10 samples a second', 'tare run itself, of a processor', shares, 3, '%');
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
  const lines = rows.map((row) => [row.name, row.metric, row.unit, row.median.toFixed(1), row.least.toFixed(1), row.target === undefined ? '' : String(row.target), row.target === undefined ? '' : row.median <= row.target ? 'reached' : 'missed']);
  lines.unshift(['case', 'what', '', 'median', 'least', 'target', '']);
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  for (const line of lines) console.log(line.map((word, i) => i < 2 ? word.padEnd(widths[i]) : word.padStart(widths[i])).join('  '));
  const tsv = ['case\tmetric\tunit\tours\tpeer\tpeer_value\tratio', ...rows.map((row) => [row.name, row.metric, row.unit, row.median, '', '', ''].join('\t'))];
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
  if (wants('sampling')) await measureSampling();
  print();
})();
