/* SPDX-License-Identifier: MIT
 *
 * What resident memory was made of when about most was: rows that add up. Of several processes, their sums. */

const RESIDENT_NAMES = {
  live: 'live blocks', slack: 'their slack', mappings: 'the program\u2019s own anonymous mappings', freed: 'freed, and kept by the allocator',
  fragmentation: 'fragmentation, the allocator\u2019s own data', stack: 'stack of the first thread', thread_stacks: 'stacks of other threads',
  code: 'programs and libraries: code, data', static_data: 'static data that begins as zeros', generated_code: 'generated code', files: 'mapped files',
  shared: 'shared memory', recorder: 'the recorder: its file, its code', recorder_tables: 'the recorder: its tables',
  recorder_trailers: 'the recorder: 8 bytes behind each block', other: 'other mappings',
};

function residentTable(model) {
  const accounts = model.meta.resident.map((process) => process.resident).filter(Boolean);
  if (!accounts.length) return make('p', {class: 'dim'}, 'Not looked at: the program ended too soon, or was recorded without tare run.');
  const whole = accounts.reduce((sum, account) => sum + account.rss_bytes, 0);
  const rows = accounts[0].rows.map((row, i) => ({...row, bytes: accounts.reduce((sum, account) => sum + account.rows[i].bytes, 0)})).filter((row) => row.bytes);
  const lines = rows.map((row) => [RESIDENT_NAMES[row.what] || row.what, formatCount(row.bytes), formatShare(row.bytes, whole), row.estimated ? 'estimated' : 'measured']);
  const title = accounts.length > 1 ? 'The sum of ' + accounts.length + ' processes:' : 'When most was looked at, after ' + formatTime(accounts[0].at_ns) + ':';
  return make('div', {class: 'resident'}, make('p', {}, title), plainTable(['What', 'Bytes', 'Share', ''], [...lines, ['sum', formatCount(whole), '', '']]));
}
