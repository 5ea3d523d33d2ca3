/* SPDX-License-Identifier: MIT
 *
 * The page's data: base64 of a deflated JSON header and columns of LEB128 numbers. */

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const values = new Uint8Array(128);
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('').forEach((letter, i) => {
    values[letter.charCodeAt(0)] = i;
  });
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array(text.length / 4 * 3 - padding);
  for (let i = 0, to = 0; i < text.length; i += 4) {
    const word = values[text.charCodeAt(i)] << 18 | values[text.charCodeAt(i + 1)] << 12 |
      values[text.charCodeAt(i + 2)] << 6 | values[text.charCodeAt(i + 3)];
    bytes[to++] = word >> 16;
    bytes[to++] = word >> 8;
    bytes[to++] = word;
  }
  return bytes;
}

/* Read chunk by chunk: a Blob or a Response would go by way of another process of the browser's. */
async function inflate(bytes) {
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  const written = Promise.all([writer.write(bytes), writer.close()]);
  const reader = stream.readable.getReader();
  const parts = [];
  let count = 0;
  for (let {done, value} = await reader.read(); !done; {done, value} = await reader.read()) {
    parts.push(value);
    count += value.length;
  }
  await written;
  const out = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/* Numbers of one byte each are copied as they are. */
function readIds(bytes, count) {
  if (bytes.length === count) return new Uint32Array(bytes);
  const out = new Uint32Array(count);
  for (let i = 0, at = 0; i < count; i++) {
    let byte = bytes[at++];
    let value = byte & 127;
    for (let shift = 7; byte >= 128; shift += 7) {
      byte = bytes[at++];
      value |= (byte & 127) << shift;
    }
    out[i] = value;
  }
  return out;
}

function readSums(bytes, count) {
  if (bytes.length === count) return new Float64Array(bytes);
  const out = new Float64Array(count);
  for (let i = 0, at = 0; i < count; i++) {
    let byte = bytes[at++];
    let value = byte & 127;
    for (let scale = 128; byte >= 128; scale *= 128) {
      byte = bytes[at++];
      value += (byte & 127) * scale;
    }
    out[i] = value;
  }
  return out;
}

function readSigned(bytes, count) {
  const out = readSums(bytes, count);
  for (let i = 0; i < count; i++) {
    const value = out[i];
    out[i] = value % 2 ? -(value + 1) / 2 : value / 2;
  }
  return out;
}

function addUp(list) {
  for (let i = 1; i < list.length; i++) list[i] += list[i - 1];
  return list;
}

/* For each row a list of bucket and count, one behind the other. */
function readBuckets(bytes, rows) {
  const start = new Uint32Array(rows + 1);
  const bucket = [];
  const count = [];
  let at = 0;
  const next = () => {
    let byte = bytes[at++];
    let value = byte & 127;
    for (let scale = 128; byte >= 128; scale *= 128) {
      byte = bytes[at++];
      value += (byte & 127) * scale;
    }
    return value;
  };
  for (let row = 0; row < rows; row++) {
    let number = 0;
    for (let used = next(); used > 0; used--) {
      number += next();
      bucket.push(number);
      count.push(next());
    }
    start[row + 1] = bucket.length;
  }
  return {start, bucket, count};
}

const readPart = async (id) => inflate(fromBase64(document.getElementById(id).textContent));

/* The first part has the header and what the first picture needs; the other one comes with more(). */
async function readData() {
  const first = await readPart('data');
  const headBytes = first[0] | first[1] << 8 | first[2] << 16 | first[3] << 24;
  const meta = JSON.parse(new TextDecoder().decode(first.subarray(4, 4 + headBytes)));
  const places = new Map(meta.columns.map((column) => [column.name, column]));
  const parts = [first.subarray(4 + headBytes), null];
  const column = (name) => {
    const place = places.get(name);
    return place ? parts[place.part].subarray(place.at, place.at + place.bytes) : new Uint8Array(0);
  };
  const more = async () => { parts[1] ||= (await readPart('more')).subarray(4); };
  const ids = (name, count) => readIds(column(name), count);
  const sums = (name, count) => readSums(column(name), count);
  const signed = (name, count) => readSigned(column(name), count);
  return {meta, more, column, ids, sums, signed};
}
