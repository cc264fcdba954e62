import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { RandomSource } from '../crash/randomSource';
import { EMPTY_CARD } from '../nodes/fixtures/ordersFixture';
import type { FaultKind } from '../simulator/simulator';
import { pickOne } from './scenario';

/** How a payment is asked for. */
export type Way = 'confirmed' | 'created' | 'held';
/** What the workflow does to it next, and what somebody does in Stripe, who does not use these nodes. */
export type NextOperation = 'confirm' | 'capture' | 'capturePart' | 'cancel' | 'update' | 'nothing';
export type OutsideOperation = 'customerPays' | 'captures' | 'cancels' | 'nothing';
export type RefundOperation = 'whole' | 'part' | 'none';

/** All that happens to one payment. It stands before anything is done. */
export interface MoneyScenario {
	order: string;
	amount: number;
	currency: string;
	way: Way;
	card: string;
	next: NextOperation;
	outside: OutsideOperation;
	refund: RefundOperation;
	/** What meets the first send of each of its requests; none for a good day. */
	fault?: FaultKind;
	/** Its intent, as soon as it is known. */
	target?: string;
}

const WAYS: readonly Way[] = ['confirmed', 'confirmed', 'created', 'held'];
const CARDS = [
	'pm_card_visa',
	'pm_card_visa',
	'pm_card_visa',
	EMPTY_CARD,
	'pm_card_authenticationRequired',
	'pm_card_pendingRefund',
	'pm_card_refundFail',
	'pm_usBankAccount_success',
	'pm_usBankAccount_insufficientFunds',
];
const CURRENCIES = ['EUR', 'USD', 'JPY'];
const FAULTS: readonly FaultKind[] = [
	...(['cutBody', 'resetAfter', 'resetBefore', 'error500After', 'error500Before', 'error503'] as const),
	...(['html502', 'rateLimit429', 'conflict409', 'unauthorized401'] as const),
];
const NEXT: Readonly<Record<Way, readonly NextOperation[]>> = {
	confirmed: ['nothing', 'nothing', 'update', 'cancel'],
	created: ['confirm', 'confirm', 'nothing', 'cancel', 'update'],
	held: ['capture', 'capturePart', 'cancel', 'nothing', 'nothing'],
};

export function drawMoneyScenario(order: string, random: RandomSource): MoneyScenario {
	const way = pickOne(WAYS, random);
	return {
		order,
		way,
		amount: 200 + random.below(90_000),
		currency: pickOne(CURRENCIES, random),
		card: pickOne(CARDS, random),
		next: pickOne(NEXT[way], random),
		outside: pickOne(['nothing', 'customerPays', 'captures', 'captures', 'cancels'] as const, random),
		refund: pickOne(['none', 'none', 'whole', 'part'] as const, random),
		...(random.next() < 0.35 ? { fault: pickOne(FAULTS, random) } : {}),
	};
}

const BY_ORDER: INodeParameters = {
	keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
	options: { concurrency: 25, maxRetries: 0, timeoutSeconds: 60 },
};
const metadata = { metadata: { entry: [{ key: 'order', value: '={{ $json.order }}' }] } };
const NEW: INodeParameters = {
	resource: 'paymentIntent',
	operation: 'create',
	...BY_ORDER,
	amount: '={{ $json.amount }}',
	amountUnit: 'minor',
	currency: '={{ $json.currency }}',
};
const PAYING: INodeParameters = { ...NEW, confirm: true, paymentMethod: '={{ $json.card }}' };
const RETURNING = { ...metadata, returnUrl: 'https://shop.example/back' };
const onIntent = (operation: string, more: INodeParameters = {}): INodeParameters => ({
	resource: 'paymentIntent',
	operation,
	paymentIntent: '={{ $json.target }}',
	...BY_ORDER,
	...more,
});

/** How the node is set for each kind of operation; the items say the rest. */
export const CREATING: Readonly<Record<Way, INodeParameters>> = {
	confirmed: { ...PAYING, additionalFields: RETURNING },
	created: { ...NEW, confirm: false, paymentMethod: '', additionalFields: metadata },
	held: { ...PAYING, additionalFields: { ...RETURNING, captureMethod: 'manual' } },
};
export const NEXT_OPERATIONS: Readonly<Record<Exclude<NextOperation, 'nothing'>, INodeParameters>> = {
	confirm: onIntent('confirm', {
		paymentMethod: '={{ $json.card }}',
		additionalFields: { returnUrl: RETURNING.returnUrl },
	}),
	capture: onIntent('capture'),
	capturePart: onIntent('capture', { amount: '={{ $json.part }}', amountUnit: 'minor' }),
	cancel: onIntent('cancel'),
	update: onIntent('update', { additionalFields: { description: '={{ $json.order }}' } }),
};
const REFUNDING: INodeParameters = {
	resource: 'refund',
	operation: 'create',
	paymentIntent: '={{ $json.target }}',
	...BY_ORDER,
	additionalFields: metadata,
};
export const REFUND_OPERATIONS: Readonly<Record<Exclude<RefundOperation, 'none'>, INodeParameters>> = {
	whole: REFUNDING,
	part: { ...REFUNDING, amount: '={{ $json.part }}', amountUnit: 'minor' },
};

export function toMoneyItem({ order, amount, currency, card, target }: MoneyScenario): IDataObject {
	return { order, amount, part: Math.floor(amount / 3), currency, card, target };
}
