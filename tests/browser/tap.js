/* SPDX-License-Identifier: MIT
 *
 * Runs tests, given by name, one after the other, and says in TAP how each ended. A test that returns a text was
 * skipped for that reason. */
'use strict';

async function run(tests) {
  console.log('1..' + Object.keys(tests).length);
  let number = 0;
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    number++;
    try {
      const reason = await test();
      console.log('ok ' + number + ' - ' + name + (reason ? ' # SKIP ' + reason : ''));
    } catch (error) {
      failed++;
      console.log('not ok ' + number + ' - ' + name);
      console.log(String(error.stack).replace(/^/gm, '# '));
    }
  }
  return failed;
}

exports.run = run;
