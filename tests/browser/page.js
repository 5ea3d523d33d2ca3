/* SPDX-License-Identifier: MIT
 *
 * usage: page.js BUILD - tests the page of tare html in a browser. Speaks TAP. */
'use strict';
const assert = require('node:assert');
const {hostile, argument, tare, begin, end, open, close, drag, hash} = require('./pages.js');
const tap = require('./tap.js');

const tests = {
  async 'what a page shows is text, whatever the names are'() {
    const page = await open('page.html');
    assert.strictEqual(await page.evaluate(() => globalThis.pwned), undefined);
    assert.strictEqual(await page.locator('img').count(), 0);
    assert.ok((await page.locator('header h1').textContent()).includes(hostile));
    assert.ok((await page.locator('header .command').textContent()).includes(argument));
    await page.keyboard.press('5');
    assert.ok((await page.locator('#view').textContent()).includes('<b>worker</b>'));
    await close(page);
  },

  async 'rows of resident memory add up'() {
    const page = await open('page.html', {hash: '#v=quality'});
    const rows = await page.locator('.resident tr').evaluateAll((all) => all.slice(1).map((row) => Number(row.children[1].textContent.replace(/\D/g, ''))));
    assert.ok(rows.length > 3);
    assert.strictEqual(rows.slice(0, -1).reduce((one, other) => one + other), rows[rows.length - 1]);
    await close(page);
    const unseen = await open('both.html', {hash: '#v=quality'});
    assert.ok((await unseen.locator('.resident').textContent()).includes('sum'));
    await close(unseen);
  },

  async 'advice stands where evidence for it was taken'() {
    const advice = JSON.parse(tare('advise', '--json', 'advised.tare')).advice;
    assert.ok(advice.length > 0);
    const page = await open('advised.html', {hash: '#v=quality'});
    assert.strictEqual(await page.locator('#advice tbody tr').count(), advice.length);
    assert.strictEqual(await page.locator('#advice').isVisible(), true);
    await close(page);
    const without = await open('page.html', {hash: '#v=quality'});
    assert.strictEqual(await without.locator('#advice').isVisible(), false);
    await close(without);
  },

  async 'the policy lets no other script run'() {
    const page = await open('page.html');
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'pwned = 2';
      document.body.append(script);
    });
    assert.strictEqual(await page.evaluate(() => globalThis.pwned), undefined);
    assert.ok(page.troubles.some((text) => /Content Security Policy/.test(text)));
    page.troubles = [];
    await close(page);
  },

  async 'a flame is drawn, and says what the pointer is on'() {
    const page = await open('page.html');
    const colours = await page.evaluate(() => {
      const {data} = tare.flames[0].canvas.getContext('2d').getImageData(0, 0, 400, 60);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    assert.ok(colours > 3);
    const box = await page.locator('.flame').first().boundingBox();
    await page.mouse.move(box.x + 50, box.y + 30);
    assert.match(await page.locator('.tip').textContent(), /[KM]iB/);
    await close(page);
  },

  async 'a range is chosen with the mouse, and everything follows it'() {
    const page = await open('page.html');
    const before = await page.locator('.readout').textContent();
    await drag(page, 0.3, 0.7);
    const after = await page.locator('.readout').textContent();
    assert.notStrictEqual(before, after);
    assert.match(after, /range.*adds up/);
    assert.match(await hash(page), /r=\d+\.\d+/);
    assert.strictEqual(await page.evaluate(() => tare.state.metric), 'live');
    await page.keyboard.press('r');
    assert.strictEqual(await page.evaluate(() => tare.range()), null);
    await close(page);
  },

  async 'sums of any range are the chart\'s difference to the byte'() {
    const page = await open('page.html');
    const off = await page.evaluate(() => {
      const {model} = tare;
      const wrong = [];
      for (let from = 0; from < model.samples.count; from++)
        for (let to = from + 1; to <= model.samples.count; to += 1 + (from % 5)) {
          tare.set({range: [from, to], metric: 'net', order: from % 2 ? 'callers' : 'allocators'});
          const live = (point) => point ? model.samples.sets[0].live[point - 1] : 0;
          const {flame} = tare.flames[0];
          if (tare.adds.sum !== live(to) - live(from) || tare.adds.live !== live(to) || flame.value[0] !== tare.adds.sum) wrong.push([from, to, tare.adds, flame.value[0]]);
        }
      return wrong;
    });
    assert.deepStrictEqual(off, []);
    assert.ok(await page.evaluate(() => tare.model.samples.count) > 2); /* on a busy machine they are few */
    await close(page);
  },

  async 'the whole timeline sums up to the profile'() {
    const page = await open('page.html');
    const off = await page.evaluate(() => {
      const {row, rows, samples} = tare.model;
      const changes = tare.changes();
      const sums = {allocations: new Float64Array(rows), bytes: new Float64Array(rows), frees: new Float64Array(rows), freed: new Float64Array(rows)};
      for (const name of Object.keys(sums)) for (let k = 0; k < changes.start[samples.count]; k++) sums[name][changes.row[k]] += changes[name][k];
      return Object.keys(sums).filter((name) => sums[name].some((value, i) => value !== row[name][i]));
    });
    assert.deepStrictEqual(off, []);
    await close(page);
  },

  async 'a search marks, counts and jumps'() {
    const page = await open('page.html');
    await page.keyboard.press('/');
    await page.keyboard.type('make_block');
    assert.match(await page.locator('.found').first().textContent(), /%.* in \d+ places/);
    await page.keyboard.press('Enter');
    const name = () => page.evaluate(() => { const view = tare.flames[0]; return tare.model.strings[tare.model.frame.name[view.flame.frame[view.cursor]]]; });
    assert.strictEqual(await name(), 'make_block');
    await page.locator('input[type=search]').fill('/^gr.w$/');
    assert.match(await page.locator('.found').first().textContent(), /places/);
    await page.locator('input[type=search]').fill('nothing of this name');
    assert.match(await page.locator('.found').first().textContent(), /nothing found/);
    await close(page);
  },

  async 'a click zooms in, and the address opens the same view again'() {
    const page = await open('page.html');
    const box = await page.locator('.flame').first().boundingBox();
    await page.mouse.click(box.x + 60, box.y + 19 * 5 + 8);
    const zoomed = await page.evaluate(() => tare.state.zoom);
    assert.ok(zoomed.length > 0);
    await page.keyboard.press('a');
    await page.keyboard.press('i');
    await page.keyboard.press('a');
    await page.mouse.click(box.x + 60, box.y + box.height - 19 * 4 - 8);
    const link = await hash(page);
    const state = await page.evaluate(() => tare.state);
    const again = await open('page.html', {hash: link});
    assert.deepStrictEqual(await again.evaluate(() => tare.state), state);
    await again.locator('.flame').first().focus();
    await again.keyboard.press('Escape');
    assert.deepStrictEqual(await again.evaluate(() => tare.state.zoom), []);
    await close(again);
    await close(page);
  },

  async 'without a mouse: the tree is walked and read'() {
    const page = await open('page.html');
    for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement.classList.contains('flame'))); i++) await page.keyboard.press('Tab');
    const read = () => page.evaluate(() => {
      const tree = document.activeElement;
      const item = document.getElementById(tree.getAttribute('aria-activedescendant'));
      return {role: tree.getAttribute('role'), item: item.getAttribute('role'), level: Number(item.getAttribute('aria-level')), text: item.textContent};
    });
    const first = await read();
    assert.deepStrictEqual([first.role, first.item, first.level], ['tree', 'treeitem', 1]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const third = await read();
    assert.strictEqual(third.level, 3);
    assert.match(third.text, /, .*iB, .*%/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    assert.strictEqual((await read()).text, third.text);
    await page.keyboard.press('Enter');
    assert.strictEqual((await page.evaluate(() => tare.state.zoom)).length, 2);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Home');
    assert.strictEqual((await read()).level, 1);
    await page.locator('input[type=range]').first().focus();
    await page.keyboard.press('ArrowRight');
    assert.deepStrictEqual((await page.evaluate(() => tare.range()))[0], 1);
    await close(page);
  },

  async 'sites are sorted, filtered and walked'() {
    const page = await open('page.html', {hash: '#v=sites'});
    const column = (i) => page.evaluate((place) => [...document.querySelectorAll('.grid .rows .row')].map((row) => row.children[place].textContent), i);
    await page.locator('.grid .head button', {hasText: 'Allocations'}).click();
    const calls = (await column(2)).map((text) => Number(text.replaceAll(',', '')) || 0);
    assert.deepStrictEqual(calls, [...calls].sort((one, other) => other - one));
    await page.locator('input[type=search]').fill('append');
    for (const text of await column(0)) assert.match(text, /append/);
    await page.locator('.grid').focus();
    await page.keyboard.press('ArrowDown');
    assert.match(await page.locator('aside .stack').textContent(), /append/);
    await close(page);
  },

  async 'callers and callees of a function have its sums'() {
    const page = await open('page.html', {hash: '#v=functions&m=bytes'});
    const off = await page.evaluate(() => {
      const wrong = [];
      const view = document.querySelector('.grid');
      for (const row of [...view.querySelectorAll('.rows .row')].slice(0, 12)) {
        row.click();
        const [callers, callees] = tare.flames;
        if (callers.flame.value[0] !== callees.flame.value[0] || !(callers.flame.value[0] > 0)) wrong.push(row.textContent);
      }
      return wrong;
    });
    assert.deepStrictEqual(off, []);
    await close(page);
  },

  async 'filters leave what they say'() {
    const page = await open('page.html', {hash: '#m=calls&keep=grow'});
    assert.strictEqual(await page.evaluate(() => tare.flames[0].flame.value[0]), 800);
    await page.evaluate(() => tare.set({keep: '', hide: 'grow'}));
    const without = await page.evaluate(() => tare.flames[0].flame.value[0]);
    await page.evaluate(() => tare.set({hide: ''}));
    assert.strictEqual(await page.evaluate(() => tare.flames[0].flame.value[0]), without + 800);
    const thread = await page.evaluate(() => tare.model.meta.threads.findIndex((one) => one.name.includes('worker')));
    await page.evaluate((number) => tare.set({thread: number, keep: 'work'}), thread);
    assert.strictEqual(await page.evaluate(() => tare.flames[0].flame.value[0]), 200);
    await close(page);
  },

  async 'a page of a selection has its sums, and its timeline adds up to them'() {
    const page = await open('cut.html', {hash: '#m=calls'});
    assert.strictEqual(await page.evaluate(() => tare.flames[0].flame.value[0]), 800);
    assert.match(await page.locator('header').textContent(), /focus grow/);
    const off = await page.evaluate(() => {
      const {row, rows, samples} = tare.model;
      const sums = {live: 0, chart: samples.sets[0].live[samples.count - 1]};
      for (let i = 0; i < rows; i++) sums.live += row.bytes[i] - row.freed[i];
      return sums;
    });
    assert.strictEqual(off.live, off.chart);
    assert.doesNotMatch(await page.locator('.timeline').first().textContent(), /differs|not on the timeline/);
    await close(page);
  },

  async 'the proportional set size is drawn where it was sampled'() {
    const page = await open('page.html');
    assert.ok(await page.evaluate(() => tare.chart.pss && tare.chart.pss.some((size) => size > 100000)));
    assert.match(await page.locator('.keys').textContent(), /proportional/);
    await close(page);
    const without = await open('alone.html');
    assert.doesNotMatch(await without.locator('.keys').textContent(), /proportional/);
    await close(without);
  },

  async 'the first picture is the whole one'() {
    const page = await open('page.html');
    const first = await page.evaluate(() => {
      const {flame} = tare.flames[0];
      const early = tare.firstFlame();
      const wide = [];
      for (let i = 0; i < flame.count; i++) if (flame.width[i] * 3072 > flame.width[0]) wide.push(i);
      const next = (node) => {
        const place = wide.findIndex((other) => other >= flame.end[node]);
        return place < 0 ? wide.length : place;
      };
      const isSame = (node, i) => ['left', 'width', 'depth', 'frame'].every((name) => flame[name][node] === early[name][i]) && early.end[i] === next(node);
      return {count: early.count, wide: wide.length, same: wide.every(isSame)};
    });
    assert.ok(first.count > 5);
    assert.strictEqual(first.count, first.wide);
    assert.ok(first.same);
    await close(page);
  },

  async 'a comparison shows before, after and their difference'() {
    const page = await open('diff.html', {hash: '#m=calls&keep=grow'});
    assert.strictEqual(await page.evaluate(() => tare.flames[0].flame.value[0]), 400);
    assert.match(await page.locator('.cards').textContent(), /before .*\+/);
    const box = await page.locator('.flame').first().boundingBox();
    await page.mouse.move(box.x + 60, box.y + 30);
    assert.match(await page.locator('.tip').textContent(), /before 400, after 800/);
    await close(page);
  },

  async 'a comparison side by side has each profile\'s own sums, zoomed together'() {
    const page = await open('diff.html', {hash: '#m=calls&w=sides'});
    const sums = await page.evaluate(() => {
      const {row, rows} = tare.model;
      const own = [0, 0];
      for (let i = 0; i < rows; i++) if (!row.class[i]) own[row.set[i]] += row.allocations[i];
      return {own, drawn: tare.flames.map((view) => view.flame.value[0])};
    });
    assert.deepStrictEqual(sums.drawn, sums.own);
    assert.match(await page.locator('.sides').textContent(), /Before: .*After: /);
    const boxes = await Promise.all([0, 1].map((i) => page.locator('.sides .flame').nth(i).boundingBox()));
    assert.ok(boxes[0].x + boxes[0].width <= boxes[1].x + 1);
    await page.mouse.click(boxes[0].x + 60, boxes[0].y + 19 * 3 + 8);
    const zoomed = await page.evaluate(() => tare.flames.map((view) => tare.model.strings[tare.model.frame.name[view.flame.frame[view.zoom]]]));
    assert.strictEqual(zoomed[0], zoomed[1]);
    assert.ok(await page.evaluate(() => tare.flames[0].zoom > 0));
    await page.evaluate(() => tare.set({diffWidth: 'change', zoom: []}));
    assert.strictEqual(await page.locator('.sides .flame').count(), 1);
    assert.strictEqual(await page.evaluate(() => tare.flames[0].flame.value[0]), sums.own[0] - sums.own[1]);
    await close(page);
  },

  async 'every view opens from its address'() {
    for (const view of ['sites', 'functions', 'sizes', 'threads', 'growth', 'quality']) {
      const page = await open('page.html', {hash: '#v=' + view + '&r=1.3'});
      assert.ok((await page.locator('#view').textContent()).length > 20, view);
      await close(page);
    }
  },

  async 'every view is shown in both themes, on windows of all sizes'() {
    for (const [width, scheme] of [[1300, 'dark'], [375, 'light'], [375, 'dark']]) {
      const page = await open('page.html', {context: {viewport: {width, height: 700}, colorScheme: scheme, reducedMotion: 'reduce'}});
      assert.strictEqual(await page.evaluate(() => document.documentElement.dataset.theme), scheme);
      for (const view of ['flame', 'sites', 'functions', 'sizes', 'threads', 'growth', 'quality']) {
        await page.evaluate((name) => tare.set({view: name}), view);
        assert.ok((await page.locator('#view').textContent()).length > 20, view);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), view + ' is too wide for ' + width);
      }
      await page.locator('button[aria-label="Light or dark"]').click();
      assert.notStrictEqual(await page.evaluate(() => document.documentElement.dataset.theme), scheme);
      await close(page);
    }
  },

  async 'what no sample has seen is told beside the timeline'() {
    const page = await open('page.html');
    assert.doesNotMatch(await page.locator('.timeline').first().textContent(), /not on the timeline/);
    await close(page);
    const both = await open('both.html');
    assert.match(await both.locator('.timeline').first().textContent(), /adds up.*iB allocated are not on the timeline/);
    await close(both);
  },

  async 'a program that had the recorder preloaded alone has a coarse timeline, and no range'() {
    const page = await open('alone.html', {hash: '#r=1.3'});
    assert.match(await page.locator('.readout').textContent(), /coarse timeline/);
    const chart = await page.evaluate(() => ({live: [...tare.chart.series[0].live], at: [...tare.model.levels.at], peak: tare.model.meta.processes[0].peak, coarse: tare.model.meta.levels}));
    assert.ok(chart.coarse > 10);
    assert.strictEqual(Math.max(...chart.live), chart.peak);
    assert.ok(chart.at.every((at, i) => !i || at > chart.at[i - 1]));
    const end = await page.evaluate(() => tare.model.row.bytes.reduce((sum, bytes, i) => sum + (tare.model.row.class[i] ? 0 : bytes - tare.model.row.freed[i]), 0));
    assert.strictEqual(chart.live[chart.live.length - 1], end);
    await drag(page, 0.3, 0.7);
    assert.strictEqual(await page.evaluate(() => tare.range()), null);
    assert.strictEqual(await page.locator('input[type=range]').count(), 0);
    await close(page);
  },

  async 'source is in the page only when it was asked for'() {
    const page = await open('page.html');
    assert.strictEqual(await page.locator('#tab-source').count(), 0);
    await close(page);
    const other = await open('source.html', {hash: '#v=source&m=bytes'});
    assert.match(await other.locator('.code .hot').first().textContent(), /iB\s*\d+/);
    assert.ok((await other.locator('#view').textContent()).includes('malloc(bytes)'));
    await close(other);
  },

  async 'without scripts there is a table'() {
    const page = await open('page.html', {isStatic: true, context: {javaScriptEnabled: false}});
    assert.ok(await page.locator('noscript table tbody tr, .static table tr').count() > 3);
    assert.ok((await page.locator('.static').textContent()).includes('make_block'));
    await close(page);
  },
};

(async () => {
  let failed = 1;
  try {
    await begin();
    failed = await tap.run(tests);
  } finally {
    await end();
  }
  process.exitCode = failed ? 1 : 0;
})();
