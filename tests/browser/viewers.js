/* SPDX-License-Identifier: MIT
 *
 * usage: viewers.js BUILD - opens what tare exports in the pages of others: DHAT's, which valgrind installs, and
 * speedscope's, which npm has. Speaks TAP. */
'use strict';
const assert = require('node:assert');
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {chromium} = require('playwright-core');
const tap = require('./tap.js');

const build = path.resolve(process.argv[2]);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tare-viewers-'));
const inFolder = (name) => path.join(folder, name);
const tare = (...words) => execFileSync(path.join(build, 'tare'), words, {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
let browser;
let recorded;

function record() {
  tare('run', '-o', 'x.tare', path.join(build, 'tests/browser/victim'), 'argument');
  recorded = JSON.parse(tare('report', '--json', 'x.tare')).processes[0];
}

async function open(url) {
  const context = await browser.newContext({offline: true});
  const page = await context.newPage();
  page.troubles = [];
  page.on('pageerror', (error) => page.troubles.push(String(error)));
  page.on('dialog', (dialog) => { page.troubles.push(dialog.message()); dialog.dismiss(); });
  await page.goto(url);
  return page;
}

async function close(page) {
  assert.deepStrictEqual(page.troubles, []);
  await page.context().close();
}

function speedscope() {
  try {
    return path.join(path.dirname(require.resolve('speedscope/package.json')), 'dist/release/index.html');
  } catch {
    return null;
  }
}

const tests = {
  async 'DHAT\'s page shows our totals'() {
    const viewer = '/usr/libexec/valgrind/dh_view.html';
    if (!fs.existsSync(viewer)) return 'dh_view.html (Debian: valgrind) is not here';
    tare('export', '--to', 'dhat', '-o', 'x.json', 'x.tare');
    const page = await open('file://' + viewer);
    await page.locator('input[type=file]').setInputFiles(inFolder('x.json'));
    await page.waitForFunction(() => document.body.textContent.includes('PP 1/'));
    const shown = (await page.locator('body').textContent()).replace(/,/g, '');
    for (const [name, bytes] of [['Total:', recorded.bytes], ['At t-gmax:', recorded.bytes_at_peak], ['At t-end:', recorded.live_bytes]])
      assert.match(shown, new RegExp(name + '\\s+' + bytes + ' bytes'));
    assert.ok(shown.includes('make_block'));
    await close(page);
  },

  async 'speedscope shows a profile for each metric, with our functions'() {
    const viewer = speedscope();
    if (!viewer) return 'speedscope (npm install --prefix ' + build + '/browser speedscope) is not here';
    tare('export', '--to', 'speedscope', '-o', 'x.json', 'x.tare');
    const file = fs.readFileSync(inFolder('x.json'));
    fs.writeFileSync(inFolder('x.js'), 'speedscope.loadFileFromBase64("x.json", "' + file.toString('base64') + '")');
    const page = await open('file://' + viewer + '#localProfilePath=' + inFolder('x.js'));
    const profiles = JSON.parse(file).profiles;
    const first = profiles[JSON.parse(file).activeProfileIndex || 0];
    await page.waitForFunction((name) => document.body.textContent.includes(name), first.name);
    assert.ok((await page.locator('body').textContent()).includes('/' + profiles.length + ')'));
    await page.keyboard.press('3');
    await page.waitForFunction(() => document.querySelectorAll('table tr').length > 3);
    const rows = await page.locator('table tr').allTextContents();
    assert.ok(rows.some((row) => row.includes('make_block')), rows.join('\n'));
    for (const [name, count] of [['allocations', recorded.allocations], ['temporary allocations', recorded.temporary]])
      assert.ok(rows.some((row) => row.endsWith(name + count.toLocaleString('en'))), rows.join('\n'));
    await close(page);
  },
};

(async () => {
  let failed = 1;
  try {
    record();
    browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--allow-file-access-from-files']});
    failed = await tap.run(tests);
  } finally {
    if (browser) await browser.close();
    fs.rmSync(folder, {recursive: true});
  }
  process.exitCode = failed ? 1 : 0;
})();
