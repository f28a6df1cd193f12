/** Entry point of the supervisor process: `main.ts <app directory> <service> <spec id> [<descriptor>]`, token in the environment. */
import { explainError } from '../../../errors.ts';
import { watchStrayErrors } from '../../../exec/stray-errors.ts';
import { tellBy } from './handle.ts';
import { runSupervisor } from './run-supervisor.ts';

const say = (message: string, error: string): void => void process.stderr.write(`${message}: ${error}\n`);
const stray = watchStrayErrors(process, {
  warn: (message, fields) => say(message, String(fields?.error)),
  error: (message, fields) => say(message, String(fields?.error)),
});
// A supervisor that is at fault ends its service in order, rather than leave it without one.
stray.fault.then(
  () => process.kill(process.pid, 'SIGTERM'),
  (error: unknown) => say('unexpected', explainError(error)),
);
const [appDirectory = '', service = '', specId = '', handle = ''] = process.argv.slice(2);
const token = process.env.CCCI_TOKEN ?? '';
const onStarted = handle === '' ? undefined : tellBy(Number(handle));
// Not awaited here: compiled to CommonJS, which Node loads faster, it has no await of its own.
void runSupervisor({ appDirectory, service, specId, token, onStarted }).then(() => process.exit(0));
