import { claimOperation } from './claim';
import type { RegistryResource } from '../operation';
import { completeOperation, rejectOperation, releaseOperation } from './settle';

/** Protects a call to any API: a claim before it, and its outcome after it. */
export const keyResource: RegistryResource = {
	value: 'key',
	name: 'Key',
	operations: [claimOperation, completeOperation, rejectOperation, releaseOperation],
};
