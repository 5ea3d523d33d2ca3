/* SPDX-License-Identifier: MIT
 *
 * A table of any length: only the rows in sight are elements. */

const GRID_ROW = 26;

const cellClass = (column) => 'cell' + (column.isText ? ' text' : '') + (column.isFixed ? ' fixed' : '');

/* columns: {key, title, width (px), isWide, text(row), value(row), isText, help}; rows are numbers. */
function makeGrid(columns, options) {
  const rows = make('div', {class: 'rows', role: 'rowgroup'});
  const head = make('div', {class: 'row head', role: 'row'});
  const element = make('div', {class: 'grid', role: 'grid', tabindex: 0, 'aria-label': options.label}, head, rows);
  const grid = {element, rows, head, columns, options, list: [], sort: options.sort, selected: -1};
  grid.template = columns.map((column) => column.isWide ? `minmax(${column.width}px, 1fr)` : column.width + 'px').join(' ');
  const least = columns.reduce((sum, column) => sum + column.width, 0) + 'px';
  rows.style.minWidth = least;
  head.style.minWidth = least;
  head.style.gridTemplateColumns = grid.template;
  head.style.position = 'sticky';
  for (const column of columns)
    head.append(make('div', {class: cellClass(column), role: 'columnheader', title: column.help}, make('button', {onclick: () => sortGrid(grid, column.key)}, column.title)));
  element.addEventListener('scroll', () => drawGrid(grid));
  element.addEventListener('keydown', (event) => walkGrid(grid, event));
  return grid;
}

function sortGrid(grid, key) {
  const [name, way] = grid.sort.split('-');
  grid.sort = name === key && way !== 'up' ? key + '-up' : key;
  grid.options.onSort(grid.sort);
  setGrid(grid, grid.list);
}

function setGrid(grid, list) {
  const [key, way] = grid.sort.split('-');
  const column = grid.columns.find((one) => one.key === key) || grid.columns.find((one) => !one.isText);
  const order = way === 'up' ? 1 : -1;
  if (column.isText) {
    grid.list = [...list].sort((one, other) => order * -column.text(one).localeCompare(column.text(other)));
  } else {
    const values = new Map(list.map((row) => [row, column.value(row)]));
    grid.list = [...list].sort((one, other) => order * (values.get(one) - values.get(other)) || one - other);
  }
  [...grid.head.children].forEach((cell, i) => {
    const isSorted = grid.columns[i] === column;
    cell.setAttribute('aria-sort', isSorted ? (way === 'up' ? 'ascending' : 'descending') : 'none');
    cell.firstChild.textContent = grid.columns[i].title + (isSorted ? (way === 'up' ? ' \u2191' : ' \u2193') : '');
  });
  grid.element.setAttribute('aria-rowcount', grid.list.length + 1);
  grid.rows.style.height = grid.list.length * GRID_ROW + 'px';
  drawGrid(grid);
}

function drawGrid(grid) {
  const {element, rows, list} = grid;
  const first = Math.max(0, Math.floor(element.scrollTop / GRID_ROW) - 4);
  const last = Math.min(list.length, first + Math.ceil((element.clientHeight || 400) / GRID_ROW) + 10);
  const elements = [];
  for (let i = first; i < last; i++) {
    const row = make('div', {
      class: 'row', role: 'row', 'aria-rowindex': i + 2, 'aria-selected': String(list[i] === grid.selected),
      onclick: () => selectRow(grid, list[i]),
    });
    row.style.top = i * GRID_ROW + 'px';
    row.style.gridTemplateColumns = grid.template;
    for (const column of grid.columns) {
      const text = column.text(list[i]);
      row.append(make('div', {class: cellClass(column), role: 'gridcell', title: column.isText ? text : undefined}, text));
    }
    elements.push(row);
  }
  rows.replaceChildren(...elements);
}

function selectRow(grid, row) {
  grid.selected = row;
  grid.options.onSelect(row);
  drawGrid(grid);
}

function walkGrid(grid, event) {
  const step = {ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15}[event.key];
  if (!step || !grid.list.length) return;
  event.preventDefault();
  const at = Math.max(0, Math.min(grid.list.length - 1, grid.list.indexOf(grid.selected) + step));
  const top = at * GRID_ROW;
  const {element} = grid;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + 2 * GRID_ROW > element.scrollTop + element.clientHeight) element.scrollTop = top + 2 * GRID_ROW - element.clientHeight;
  selectRow(grid, grid.list[at]);
}

/* The table as text: of commas, or as a table of Markdown. */
function gridText(grid, isMarkdown) {
  const cells = (row) => grid.columns.map((column) => String(column.isText ? column.text(row) : column.value(row)));
  const titles = grid.columns.map((column) => column.title);
  const list = grid.list.slice(0, isMarkdown ? 20 : grid.list.length);
  if (!isMarkdown) {
    const quote = (text) => /[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
    return [titles, ...list.map(cells)].map((line) => line.map(quote).join(',')).join('\n') + '\n';
  }
  const line = (words) => '| ' + words.map((word) => word.replaceAll('|', '\\|')).join(' | ') + ' |';
  const shown = (row) => grid.columns.map((column) => column.text(row));
  return [line(titles), line(titles.map(() => '---')), ...list.map((row) => line(shown(row)))].join('\n') + '\n';
}
