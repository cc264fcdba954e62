import type { INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { toLocator } from '../nodes/fixtures/ordersFixture';
import { PAID } from '../simulator/client';

/** One write operation as a workflow calls it: what it needs in Stripe, and its parameters. */
export interface OperationSample {
	/** Makes what it acts on. @returns its id, and whatever else the parameters take from the item */
	prepare?: (stripe: Stripe) => Promise<string | Record<string, string>>;
	/** ms between its creation and the operation. */
	ageMs?: number;
	parameters: INodeParameters;
	/** How many requests it takes; one where it is not given. */
	requests?: number;
	/** After days its object is in a state in which Stripe would refuse it. */
	isPerishable?: true;
}

/** The object that was made for it. */
export const target = (resource: string): INodeParameters => fromItem(resource, 'target');

/** An object whose ID is in the item. */
export const fromItem = (resource: string, name: string): INodeParameters => ({
	[resource]: { ...toLocator('id', ''), value: `={{ $json.${name} }}` },
});

export const described = { additionalFields: { description: '={{ $json.order }}' } };
export const marked = {
	additionalFields: { metadata: { entry: [{ key: 'order', value: '={{ $json.order }}' }] } },
};

export const id = async (made: Promise<{ id: string }>) => (await made).id;
export const customer = (stripe: Stripe) => id(stripe.customers.create());
/** Enough for whatever is paid out. */
export const fund = (stripe: Stripe) => id(stripe.paymentIntents.create({ ...PAID, amount: 1_000_000 }));

/** Which operation a sample is of. */
export const operationOf = (sample: string) => sample.split(' ')[0]!;

/** What the item brings: what was made for it, by the names that its parameters take it by. */
export async function prepareItem(
	{ prepare }: OperationSample,
	stripe: Stripe,
): Promise<Record<string, string>> {
	const prepared = (await prepare?.(stripe)) ?? '';
	return typeof prepared === 'string' ? { target: prepared } : prepared;
}
