import { claim } from './claim';
import type { Resource } from '../operation';
import { complete, reject, release } from './settle';

/** Once, for any API: a claim before, and what came of it after. */
export const key: Resource = {
	value: 'key',
	name: 'Key',
	operations: [claim, complete, reject, release],
};
