// The notes in one file: {format: 2, key: <fingerprint of the session key>, notes: [{id, text, time}, …]}.
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const FORMAT = 2;

const directory = process.env.DATA_DIR ?? '/data';
const file = join(directory, 'notes.json');

function sessionKey() {
  const path = process.env.SESSION_KEY_FILE ?? process.env.CCCI_SECRET_SESSION_KEY_FILE ?? '/run/secrets/session_key';
  const key = readFileSync(path, 'utf8').trim();
  if (key === '') throw new Error(`the session key in ${path} is empty`);
  return key;
}

export function sign(text) {
  return createHmac('sha256', sessionKey()).update(text).digest('hex').slice(0, 16);
}

/** Creates the file at the first start, converts that of an older version. There is no way back. */
export function open() {
  mkdirSync(directory, { recursive: true });
  if (!existsSync(file)) write([]);
  const data = JSON.parse(readFileSync(file, 'utf8'));
  if (data.format === 1) migrate(data);
}

function migrate(data) {
  if (data.key !== sign('notes')) throw new Error('cannot convert: the data was written with another session key');
  write(converted(data));
  console.log(`notes: converted ${data.notes.length} notes from format 1 to ${FORMAT}`);
}

/** Notes of a file or dump of any format that is known. */
export function converted(data) {
  if (data.format === FORMAT) return data.notes;
  return data.notes.map((text, index) => ({ id: index + 1, text, time: null }));
}

export const textOf = (note) => note.text;

/** Read afresh at every request: a restored file is seen without a restart. */
export function read() {
  const data = JSON.parse(readFileSync(file, 'utf8'));
  if (data.format !== FORMAT) throw new Error(`data format ${data.format} is not the format ${FORMAT} of this version`);
  if (data.key !== sign('notes')) throw new Error('the data was written with another session key');
  return data.notes;
}

export function write(notes) {
  writeFileSync(`${file}.new`, JSON.stringify({ format: FORMAT, key: sign('notes'), notes }));
  renameSync(`${file}.new`, file);
}

export function add(text) {
  const notes = read();
  write([...notes, { id: (notes.at(-1)?.id ?? 0) + 1, text, time: new Date().toISOString() }]);
}
