/* SPDX-License-Identifier: MIT
 *
 * What the page's tests share: a program is recorded, pages are made of it, opened, used with the mouse and closed. */
'use strict';
const assert = require('node:assert');
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {chromium} = require('playwright-core');

const build = path.resolve(process.argv[2]);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tare-page-'));
const hostile = '<img src=x onerror=pwned=1>';
const argument = '</script><script>pwned=1</script>';
let browser;

const tare = (...words) => execFileSync(path.join(build, 'tare'), words, {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
const inFolder = (name) => path.join(folder, name);

function record() {
  const program = inFolder('victim' + hostile);
  fs.copyFileSync(path.join(build, 'tests/browser/victim'), program);
  tare('run', '-o', 'less.tare', program);
  tare('run', '--pss', '-o', 'more.tare', program, argument);
  tare('html', '-o', 'page.html', 'more.tare');
  tare('html', '--focus', 'grow', '-o', 'cut.html', 'more.tare');
  tare('html', '-o', 'diff.html', '--base', 'less.tare', 'more.tare');
  tare('run', '--advise', '-o', 'advised.tare', path.resolve(build, 'tests/faults/peak'));
  tare('html', '-o', 'advised.html', 'advised.tare');
  tare('run', '--samples', '0', '-o', 'unseen.tare', program);
  tare('html', '-o', 'both.html', 'more.tare', 'unseen.tare');
  execFileSync(program, [argument], {cwd: folder, env: {...process.env, LD_PRELOAD: path.join(build, 'libtare-preload.so'), TARE_OUTPUT: inFolder('alone.tare')}});
  tare('html', '-o', 'alone.html', 'alone.tare');
  /* Names of sources are as the compiler was told them: from here. */
  execFileSync(path.join(build, 'tare'), ['html', '-o', inFolder('source.html'), '--source', '3', inFolder('more.tare')], {stdio: 'ignore'});
}

/* A page that has seen no error and asked for nothing but itself. */
async function open(name, options = {}) {
  const context = await browser.newContext({viewport: {width: 1300, height: 900}, offline: true, ...options.context});
  const page = await context.newPage();
  page.troubles = [];
  page.requests = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) page.troubles.push(message.text()); });
  page.on('pageerror', (error) => page.troubles.push(String(error)));
  page.on('request', (request) => page.requests.push(request.url()));
  await page.goto('file://' + inFolder(name) + (options.hash || ''));
  if (!options.isStatic) await page.waitForFunction(() => globalThis.tare && tare.timing && tare.chart.series);
  return page;
}

async function close(page) {
  assert.deepStrictEqual(page.troubles, []);
  assert.deepStrictEqual(page.requests.filter((url) => !url.startsWith('file:') && !url.startsWith('blob:')), []);
  assert.strictEqual(page.requests.filter((url) => url.startsWith('file:')).length, 1);
  await page.context().close();
}

async function drag(page, from, to) {
  const box = await page.locator('.chart canvas').boundingBox();
  const left = box.x + 58;
  const width = box.width - 68;
  await page.mouse.move(left + width * from, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(left + width * (from + to) / 2, box.y + 42, {steps: 3});
  await page.mouse.move(left + width * to, box.y + 42, {steps: 3});
  await page.mouse.up();
}

const hash = (page) => page.evaluate(() => location.hash);

async function begin() {
  record();
  browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: ['--no-sandbox']});
}

async function end() {
  if (browser) await browser.close();
  fs.rmSync(folder, {recursive: true});
}

Object.assign(exports, {hostile, argument, tare, begin, end, open, close, drag, hash});
