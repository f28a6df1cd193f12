/** Starts an engine below the directory given, says so, and waits to be killed. */
import { commandRunner } from '../../../lib/exec/command.ts';
import { startEngine } from '../../../scripts/engine.ts';

const [parent = ''] = process.argv.slice(2);
const engine = await startEngine({ runner: commandRunner, path: process.env.PATH ?? '', parent });
process.stdout.write(`${engine.socketPath}\n`);
setInterval(() => {}, 2 ** 30);
