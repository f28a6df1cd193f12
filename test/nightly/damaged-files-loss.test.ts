import { allDamaged } from '../e2e/records/all-damaged.ts';

allDamaged('Loss');
