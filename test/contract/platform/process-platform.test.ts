import { platformContract } from './platform-contract.ts';
import { processSubject } from './process-subject.ts';

platformContract('ProcessPlatform', processSubject);
