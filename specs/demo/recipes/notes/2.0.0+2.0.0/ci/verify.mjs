#!/usr/bin/env node
// Passes when the seeded note is there.
import { texts } from './client.mjs';

const found = await texts();
if (!found.includes('kept across upgrades')) {
  console.log(`the seeded note is gone; there are ${found.length} notes`);
  process.exit(1);
}
console.log('the seeded note is there');
