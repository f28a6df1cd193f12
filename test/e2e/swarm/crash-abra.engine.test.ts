import { crashes } from './crashes.ts';

crashes('Abra');
