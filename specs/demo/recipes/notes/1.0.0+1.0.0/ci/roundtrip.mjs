#!/usr/bin/env node
// Writes a note, reads it back, and leaves a JUnit report with one case per step.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, texts } from './client.mjs';

const text = `roundtrip ${process.env.CCCI_RUN ?? ''}`.trim();
const steps = {
  'a note can be written': () => ask('POST', '/api/notes', { text }),
  'a note can be read back': async () => {
    if (!(await texts()).includes(text)) throw new Error('the note is not in the list');
  },
  'an empty note is refused': async () => {
    const refused = await ask('POST', '/api/notes', { text: '' }).then(() => false, () => true);
    if (!refused) throw new Error('an empty note was accepted');
  },
};

const cases = [];
let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  try {
    await step();
    cases.push(`<testcase name="${name}"/>`);
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    const message = error.message.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
    cases.push(`<testcase name="${name}"><failure message="${message}"/></testcase>`);
    console.log(`not ok  ${name}: ${error.message}`);
  }
}
const report = `<testsuite name="notes" tests="${cases.length}" failures="${failed}">${cases.join('')}</testsuite>\n`;
if (process.env.CCCI_ARTIFACTS) writeFileSync(join(process.env.CCCI_ARTIFACTS, 'roundtrip.xml'), report);
process.exit(failed === 0 ? 0 : 1);
