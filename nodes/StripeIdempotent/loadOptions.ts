import type { INodePropertyOptions } from 'n8n-workflow';

import { listOperations } from './neededOperations';
import { STRIPE_RESOURCES } from './operations';

/** Lists that n8n loads when the editor shows them. */
export const loadOptions = {
	listOperations: (): Promise<INodePropertyOptions[]> =>
		Promise.resolve(listOperations(STRIPE_RESOURCES).map(({ name, value }) => ({ name, value }))),
};
