import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { deriveIdentity } from '../../ledger/identity/key';
import type { RandomSource } from '../crash/randomSource';
import { ACCOUNT, EMPTY_CARD } from '../nodes/fixtures/ordersFixture';
import type { SimulatedEvent } from '../simulator/objects';
import type { RegistryOutputItem } from '../nodes/fixtures/registryFixture';
import type { Scenario } from './scenario';
import type { Prerequisite } from './entryWith';

/** One kind of thing that is done in Stripe. */
interface Operation {
	parameters: INodeParameters;
	/** As the ledger names it, without the object that it is done to. */
	operation: string;
	/** What it is done to. */
	requires?: Prerequisite;
	/** The event of Stripe by which its effect is known: of a new object, or of the one it is done to. */
	effect: { event: string; on: 'new object' | 'target' };
	/** A bank may decline it. */
	charges?: true;
	/** No list shows whose it is: it is found by the events of its key alone. */
	isKnownByKeyAlone?: true;
}

const forOrder = (more: INodeParameters = {}): INodeParameters => ({
	additionalFields: { metadata: { entry: [{ key: 'order', value: '={{ $json.order }}' }] }, ...more },
});
/** Stripe keeps 50 fields: there is no room for the mark of the entry. */
const withFullMetadata = (): INodeParameters => {
	const others = Array.from({ length: 49 }, (_, n) => ({ key: `field_${n}`, value: 'taken' }));
	return {
		additionalFields: { metadata: { entry: [{ key: 'order', value: '={{ $json.order }}' }, ...others] } },
	};
};
const onIntent = (operation: string, more: INodeParameters = {}): INodeParameters => ({
	resource: 'paymentIntent',
	operation,
	paymentIntent: '={{ $json.target }}',
	...more,
});
const onCustomer = (operation: string, more: INodeParameters = {}): INodeParameters => ({
	resource: 'customer',
	operation,
	customer: '={{ $json.target }}',
	...more,
});
const post = (path: string): INodeParameters => ({
	resource: 'customApiCall',
	operation: 'request',
	method: 'POST',
	path,
	body: '={{ { name: $json.order, metadata: { order: $json.order } } }}',
});
const NEW_INTENT: INodeParameters = {
	resource: 'paymentIntent',
	operation: 'create',
	amount: '1999',
	amountUnit: 'minor',
	currency: 'EUR',
	...forOrder(),
};

const OPERATION_KINDS = {
	charge: {
		parameters: { ...NEW_INTENT, confirm: true },
		operation: 'paymentIntent.create',
		effect: { event: 'payment_intent.succeeded', on: 'new object' },
		charges: true,
	},
	intent: {
		parameters: { ...NEW_INTENT, confirm: false },
		operation: 'paymentIntent.create',
		effect: { event: 'payment_intent.created', on: 'new object' },
	},
	refund: {
		parameters: {
			resource: 'refund',
			operation: 'create',
			paymentIntent: '={{ $json.target }}',
			...forOrder(),
		},
		operation: 'refund.create',
		requires: 'paid',
		effect: { event: 'refund.created', on: 'new object' },
	},
	capture: {
		parameters: onIntent('capture'),
		operation: 'paymentIntent.capture',
		requires: 'held',
		effect: { event: 'payment_intent.succeeded', on: 'target' },
	},
	cancel: {
		parameters: onIntent('cancel'),
		operation: 'paymentIntent.cancel',
		requires: 'open',
		effect: { event: 'payment_intent.canceled', on: 'target' },
	},
	confirm: {
		parameters: onIntent('confirm'),
		operation: 'paymentIntent.confirm',
		requires: 'open',
		effect: { event: 'payment_intent.succeeded', on: 'target' },
		charges: true,
	},
	newCustomer: {
		parameters: { resource: 'customer', operation: 'create', ...forOrder() },
		operation: 'customer.create',
		effect: { event: 'customer.created', on: 'new object' },
	},
	crowdedCustomer: {
		parameters: { resource: 'customer', operation: 'create', ...withFullMetadata() },
		operation: 'customer.create',
		effect: { event: 'customer.created', on: 'new object' },
		isKnownByKeyAlone: true,
	},
	changedCustomer: {
		parameters: onCustomer('update', { additionalFields: { name: '={{ $json.order }}' } }),
		operation: 'customer.update',
		requires: 'customer',
		effect: { event: 'customer.updated', on: 'target' },
	},
	deletedCustomer: {
		parameters: onCustomer('delete', { yesDelete: true }),
		operation: 'customer.delete',
		requires: 'customer',
		effect: { event: 'customer.deleted', on: 'target' },
	},
	product: {
		parameters: post('/v1/products'),
		operation: 'product.create',
		effect: { event: 'product.created', on: 'new object' },
	},
	taxId: {
		parameters: post('/v1/tax_ids'),
		operation: 'customApiCall.request POST /v1/tax_ids',
		effect: { event: 'tax_id.created', on: 'new object' },
		isKnownByKeyAlone: true,
	},
} satisfies Record<string, Operation>;

export type OperationKind = keyof typeof OPERATION_KINDS;
export const OPERATIONS: Readonly<Record<OperationKind, Operation>> = OPERATION_KINDS;
export const ALL_OPERATION_KINDS = Object.keys(OPERATION_KINDS) as OperationKind[];

/** One business decision: it is to have its effect once, whatever its fate is. */
export interface Decision {
	kind: OperationKind;
	order: string;
	/** The object that it is done to; none for a new one. */
	target: string;
	entryId: string;
	scenario: Scenario;
	/** How often it was sent, how many of the sends met something, and how often a run was begun for it. */
	sends: number;
	troubles: number;
	runs: number;
	/** How it left the workflow last; absent while no run has come to its end. */
	result?: { through: number; json: RegistryOutputItem };
}

export function buildDecision(
	kind: OperationKind,
	order: string,
	target: string,
	scenario: Scenario,
): Decision {
	const { operation, requires: needs } = OPERATIONS[kind];
	const onWhat = needs && kind !== 'refund' ? `${operation} ${target}` : operation;
	const scope = { mode: 'test', account: ACCOUNT } as const;
	const { entryId } = deriveIdentity(scope, onWhat, [{ name: 'order', value: order, treatAs: 'text' }]);
	return { kind, order, target, entryId, scenario, sends: 0, troubles: 0, runs: 0 };
}

/** The item with which the workflow runs, every time the same. */
export function toItem({ order, target }: Decision): IDataObject {
	return { order, target };
}

/** How the node is set for a decision, every time the same. */
export function toParameters({ kind, scenario }: Decision): INodeParameters {
	const { parameters } = OPERATIONS[kind];
	return {
		...parameters,
		...(parameters.resource === 'paymentIntent' ? { paymentMethod: chooseCard(scenario) } : {}),
		keySource: 'fields',
		keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
		options: {
			concurrency: 25,
			...toOptions(scenario),
			storeParameters: String(scenario.isStored),
			afterRejection: scenario.afterRejection,
		},
	};
}

/** Whom Stripe lets wait for ever is to be no more patient than necessary: these are real seconds. */
export function toOptions({ sends }: Scenario): { maxRetries: number; timeoutSeconds: number } {
	const isLeftWaiting = sends.some((fault) => fault?.kind.startsWith('timeout'));
	return { maxRetries: 1, timeoutSeconds: isLeftWaiting ? 1 : 60 };
}

function chooseCard({ isDeclined }: Scenario): string {
	return isDeclined ? EMPTY_CARD : 'pm_card_visa';
}

/** Whether an event of Stripe is about the object of a decision. */
export function concernsDecision({ data: { object } }: SimulatedEvent, { order, target }: Decision): boolean {
	return object.id === target || object.metadata?.order === order;
}

/** Whether an event of Stripe tells of the effect of a decision. */
export function isEffectOf(event: SimulatedEvent, decision: Decision): boolean {
	const { effect } = OPERATIONS[decision.kind];
	const { id, metadata, name } = event.data.object;
	if (event.type !== effect.event) return false;
	if (decision.kind === 'changedCustomer' && name !== decision.order) return false;
	return effect.on === 'target' ? id === decision.target : metadata?.order === decision.order;
}

export function pickOperationKind(chance: RandomSource): OperationKind {
	return ALL_OPERATION_KINDS[chance.below(ALL_OPERATION_KINDS.length)]!;
}
