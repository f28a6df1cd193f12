import { redeploys } from '../component/swarm/redeploys.ts';

redeploys(Number(process.env.CC_CI_REDEPLOYS ?? 100));
