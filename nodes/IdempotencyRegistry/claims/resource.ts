import { claimOperation } from './claim';
import type { RegistryResource } from '../operation';
import { completeOperation, rejectOperation, releaseOperation } from './settle';

/** Once, for any API: a claim before, and what came of it after. */
export const keyResource: RegistryResource = {
	value: 'key',
	name: 'Key',
	operations: [claimOperation, completeOperation, rejectOperation, releaseOperation],
};
