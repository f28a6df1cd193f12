/** Entry point of the supervisor process: `main.ts <app directory> <service> <spec id>`, token in the environment. */
import { runSupervisor } from './run-supervisor.ts';

const [appDirectory = '', service = '', specId = ''] = process.argv.slice(2);
await runSupervisor({ appDirectory, service, specId, token: process.env.CCCI_TOKEN ?? '' });
process.exit(0);
