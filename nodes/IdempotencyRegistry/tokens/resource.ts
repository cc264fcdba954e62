import { approveOperation, denyOperation, revokeOperation } from './decide';
import type { RegistryResource } from '../operation';
import { reserveOperation } from './reserve';
import { resumeOperation, stopOperation } from './killSwitch';

/** Tokens, each for one frozen intent: reserved by an agent or workflow, and approved by people. */
export const tokenResource: RegistryResource = {
	value: 'token',
	name: 'Token',
	usual: 'reserve',
	operations: [
		approveOperation,
		denyOperation,
		resumeOperation,
		reserveOperation,
		revokeOperation,
		stopOperation,
	],
};
