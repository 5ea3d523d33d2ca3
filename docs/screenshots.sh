#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: screenshots.sh BUILD - makes docs/page-light.png and docs/page-dark.png, of a compiler at work.
# Needs what the tests of the page need (docs/testing.md), and gcc.
set -eu
build=$1
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
perl bench/workloads/source.pl 60 >"$folder/source.c"
gcc -E -o "$folder/source.i" "$folder/source.c"
"$build/tare" run -o "$folder/cc1.tare" "$(gcc -print-prog-name=cc1)" -quiet -O2 "$folder/source.i" -o /dev/null 2>/dev/null
"$build/tare" html -o "$folder/page.html" "$folder/cc1.tare"
cat >"$folder/shoot.js" <<'JS'
'use strict';
const {chromium} = require('playwright-core');
const [page, docs] = process.argv.slice(3);
(async () => {
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: ['--no-sandbox']});
  for (const [theme, width, height, range] of [['light', 1180, 700, [0.5, 0.85]], ['dark', 420, 840, null]]) {
    const tab = await browser.newPage({viewport: {width, height}, colorScheme: theme});
    await tab.goto('file://' + page);
    await tab.waitForFunction(() => globalThis.tare);
    await tab.evaluate((parts) => tare.setRange(parts && parts.map((part) => Math.round(part * tare.model.samples.count))), range);
    await tab.waitForTimeout(300);
    await tab.screenshot({path: docs + '/page-' + theme + '.png'});
  }
  await browser.close();
})();
JS
tests/browser/browser.sh "$build" "$folder/shoot.js" "$folder/page.html" "$PWD/docs"
