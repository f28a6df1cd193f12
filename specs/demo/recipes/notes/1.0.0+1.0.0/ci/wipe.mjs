#!/usr/bin/env node
// Removes every note.
import { ask } from './client.mjs';

await ask('DELETE', '/api/notes');
console.log('wiped all notes');
