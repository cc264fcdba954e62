import { approve, deny, revoke } from './decide';
import type { Resource } from '../operation';
import { reserve } from './reserve';
import { resume, stop } from './killSwitch';

/** Tokens, each for one frozen intent: reserved by whoever wants to pay, decided by people. */
export const token: Resource = {
	value: 'token',
	name: 'Token',
	usual: 'reserve',
	operations: [approve, deny, resume, reserve, revoke, stop],
};
