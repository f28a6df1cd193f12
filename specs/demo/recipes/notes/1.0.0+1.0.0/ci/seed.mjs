#!/usr/bin/env node
// Puts a note there that has to survive upgrades, backup and restore.
import { ask } from './client.mjs';

await ask('POST', '/api/notes', { text: 'kept across upgrades' });
console.log('seeded one note');
