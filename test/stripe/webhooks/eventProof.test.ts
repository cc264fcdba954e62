import type { Params } from '../../../ledger/model/request';
import type { StripeEvent } from '../../../stripe/webhooks/event';
import { parseEvent } from '../../../stripe/webhooks/event';
import { findConfirmation } from '../../../stripe/webhooks/eventProof';

const ENTRY = { entryId: 'v1_entry', key: 'n8n_v1_entry' };

const of = (path: string, params: Params = {}, paramsStored = true, method: 'POST' | 'DELETE' = 'POST') => ({
	...ENTRY,
	paramsStored,
	request: { method, path, params },
});

function event(type: string, object: object, key: string | null = ENTRY.key): StripeEvent {
	return {
		id: 'evt_1',
		type,
		livemode: false,
		data: { object: { ...object } },
		request: { id: 'req_1', idempotency_key: key },
	};
}

const intent = (status: string, more = {}) => ({ id: 'pi_1', object: 'payment_intent', status, ...more });
const charge = (more = {}) => ({
	id: 'ch_1',
	object: 'charge',
	status: 'succeeded',
	captured: true,
	payment_intent: 'pi_1',
	amount: 5,
	...more,
});
const refund = (status: string) => ({ id: 're_1', object: 'refund', status });

const INTENTS = '/v1/payment_intents';
const AT_ONCE = of(INTENTS, { confirm: 'true' });

const CREATED = ['invoice', 'payment_link', 'promotion_code', 'quote', 'subscription'];

const ON_INVOICES = [
	['finalize', 'finalized', 'open'],
	['pay', 'paid', 'paid'],
	['void', 'voided', 'void'],
	// Nothing on the invoice shows that it was sent, or which lines are new.
	['send', 'sent', 'open'],
	['add_lines', 'updated', 'draft'],
] as const;
const invoice = (type: string, status: string) =>
	event(`invoice.${type}`, { id: 'in_1', object: 'invoice', status });
const changed = (object: string) => event(`customer.${object}.updated`, { id: 'sub_1', object });
const subscription = (status: string) =>
	event(`customer.subscription.${status === 'active' ? 'resumed' : status}`, {
		id: 'sub_1',
		object: 'subscription',
		status,
	});

const SESSIONS = '/v1/checkout/sessions';
const session = (link: string | null) => ({
	id: 'cs_1',
	object: 'checkout.session',
	payment_link: link,
	metadata: { n8n_entry: ENTRY.entryId },
});

type Row = [what: string, entry: ReturnType<typeof of>, event: StripeEvent];

describe('an event proves', () => {
	it.each<Row>([
		['a payment', AT_ONCE, event('payment_intent.succeeded', intent('succeeded'))],
		['a payment that is processed', AT_ONCE, event('payment_intent.processing', intent('processing'))],
		[
			'held money',
			AT_ONCE,
			event('payment_intent.amount_capturable_updated', intent('requires_capture')),
		],
		[
			'a required customer action',
			AT_ONCE,
			event('payment_intent.requires_action', intent('requires_action')),
		],
		['a payment by its charge', AT_ONCE, event('charge.succeeded', charge())],
		[
			'an intent without payment',
			of(INTENTS),
			event('payment_intent.created', intent('requires_confirmation')),
		],
		[
			'a confirmation',
			of(`${INTENTS}/pi_1/confirm`),
			event('payment_intent.succeeded', intent('succeeded')),
		],
		['a capture', of(`${INTENTS}/pi_1/capture`), event('payment_intent.succeeded', intent('succeeded'))],
		['a capture by its charge', of(`${INTENTS}/pi_1/capture`), event('charge.captured', charge())],
		[
			'a cancellation',
			of(`${INTENTS}/pi_1/cancel`),
			event('payment_intent.canceled', intent('canceled')),
		],
		['a charge', of('/v1/charges'), event('charge.succeeded', charge())],
		['the capture of a charge', of('/v1/charges/ch_1/capture'), event('charge.captured', charge())],
		['a refund', of('/v1/refunds'), event('refund.created', refund('succeeded'))],
		['a pending refund', of('/v1/refunds'), event('refund.created', refund('pending'))],
		['a customer', of('/v1/customers'), event('customer.created', { id: 'cus_1', object: 'customer' })],
		[
			'a changed customer',
			of('/v1/customers/cus_1'),
			event('customer.updated', { id: 'cus_1', object: 'customer' }),
		],
		['a transfer', of('/v1/transfers'), event('transfer.created', { id: 'tr_1', object: 'transfer' })],
		...CREATED.map((object): Row => [
			`a new ${object}`,
			of(`/v1/${object}s`),
			event(`${object === 'subscription' ? 'customer.' : ''}${object}.created`, { id: 'x_1', object }),
		]),
		['a change of a plan', of('/v1/subscriptions/sub_1'), changed('subscription')],
		['a pause', of('/v1/subscriptions/sub_1/pause'), subscription('paused')],
		['a resumption', of('/v1/subscriptions/sub_1/resume'), subscription('active')],
		...ON_INVOICES.map(([action, type, status]): Row => [
			`an invoice after ${action}`,
			of(`/v1/invoices/in_1/${action}`),
			invoice(type, status),
		]),
		['a session', of(SESSIONS), event('checkout.session.completed', session(null))],
	])('%s', (_, entry, one) => {
		expect(findConfirmation(one, entry)).toMatchObject({
			key: ENTRY.key,
			outcome: { kind: 'succeeded', requestId: 'req_1' },
		});
	});

	it('the intent of a charge, by the charge', () => {
		const proof = findConfirmation(event('charge.succeeded', charge({ captured: false })), AT_ONCE);
		expect(proof?.outcome).toMatchObject({
			objectId: 'pi_1',
			body: { id: 'pi_1', object: 'payment_intent', status: 'requires_capture', latest_charge: 'ch_1' },
		});
	});

	it('a created object, by its metadata, if Stripe itself has caused the event', () => {
		const metadata = { n8n_entry: ENTRY.entryId };
		const rolledForward = event('payment_intent.succeeded', intent('succeeded', { metadata }), null);
		expect(findConfirmation(rolledForward, AT_ONCE)).toMatchObject({ outcome: { objectId: 'pi_1' } });
		expect(findConfirmation(rolledForward, AT_ONCE)?.key).toBeUndefined();
	});

	it('what a lost ledger has created with the key of another attempt', () => {
		const metadata = { n8n_entry: ENTRY.entryId };
		const created = event('refund.created', { ...refund('succeeded'), metadata }, `${ENTRY.key}_2`);
		expect(findConfirmation(created, of('/v1/refunds'))).toMatchObject({ outcome: { objectId: 're_1' } });
	});

	it('nothing secret', () => {
		const one = event(
			'payment_intent.succeeded',
			intent('succeeded', { client_secret: 'pi_1_secret_x' }),
		);
		expect(JSON.stringify(findConfirmation(one, AT_ONCE))).not.toContain('secret_x');
	});
});

describe('an event does not prove', () => {
	const metadata = { n8n_entry: ENTRY.entryId };
	it.each([
		[
			'an update',
			of('/v1/subscriptions/sub_1'),
			'customer.subscription.updated',
			{ id: 'sub_1', object: 'subscription' },
		],
		['a capture', of(`${INTENTS}/pi_1/capture`), 'payment_intent.succeeded', intent('succeeded')],
	])('%s under the key, before this ledger sent it: a lost ledger did', (_what, entry, type, object) => {
		const firstSentAt = 1_800_000_000_000;
		const [before, after] = [-3600, 3600].map((s) => ({
			...event(type, object),
			created: firstSentAt / 1000 + s,
		}));
		expect(findConfirmation(before!, { ...entry, firstSentAt })).toBeUndefined();
		expect(findConfirmation(after!, { ...entry, firstSentAt })).toBeDefined();
	});

	it.each<Row>([
		[
			'metadata on a payment of a different amount',
			of(INTENTS, { confirm: 'true', amount: '1999', currency: 'eur' }),
			event('payment_intent.succeeded', intent('succeeded', { metadata, amount: 5 }), 'another'),
		],
		[
			'metadata on the charge of a payment in a different currency',
			of(INTENTS, { confirm: 'true', amount: '5', currency: 'eur' }),
			event('charge.succeeded', charge({ metadata, currency: 'usd' }), 'another'),
		],
		[
			'metadata on a refund of a different payment',
			of('/v1/refunds', { payment_intent: 'pi_1' }),
			event('refund.created', { ...refund('succeeded'), payment_intent: 'pi_2', metadata }, 'another'),
		],
		[
			'a refund with the same metadata that another request created',
			of('/v1/refunds'),
			event('refund.created', { ...refund('succeeded'), metadata }, 'another'),
		],
		[
			'an intent with the same metadata that another request created',
			of(INTENTS),
			event('payment_intent.created', intent('requires_confirmation', { metadata }), 'another'),
		],
		[
			'the creation of an intent that was to be paid',
			AT_ONCE,
			event('payment_intent.created', intent('requires_confirmation')),
		],
		[
			'not even a creation that shows it paid',
			AT_ONCE,
			event('payment_intent.created', intent('succeeded')),
		],
		[
			'the creation, if the request is unknown',
			of(INTENTS, {}, false),
			event('payment_intent.created', intent('requires_confirmation')),
		],
		[
			'a payment that failed',
			AT_ONCE,
			event('payment_intent.payment_failed', intent('requires_payment_method')),
		],
		['a charge that failed', AT_ONCE, event('charge.failed', charge({ status: 'failed' }))],
		['a cancellation', AT_ONCE, event('payment_intent.canceled', intent('canceled'))],
		[
			'a required action caused by a different request',
			AT_ONCE,
			event('payment_intent.requires_action', intent('requires_action', { metadata }), 'other'),
		],
		[
			'a different intent',
			of(`${INTENTS}/pi_2/confirm`),
			event('payment_intent.succeeded', intent('succeeded')),
		],
		[
			'a confirmation, for a capture',
			of(`${INTENTS}/pi_1/capture`),
			event('payment_intent.amount_capturable_updated', intent('requires_capture')),
		],
		[
			'a confirmation known by metadata alone',
			of(`${INTENTS}/pi_1/confirm`),
			event('payment_intent.succeeded', intent('succeeded', { metadata }), null),
		],
		['a refund that failed', of('/v1/refunds'), event('refund.failed', refund('failed'))],
		['a refunded charge, for a refund', of('/v1/refunds'), event('charge.refunded', charge())],
		[
			'a different key and other metadata',
			AT_ONCE,
			event('payment_intent.succeeded', intent('succeeded'), 'other'),
		],
		[
			'anything, for a deletion',
			of('/v1/customers/cus_1', {}, true, 'DELETE'),
			event('customer.deleted', { id: 'cus_1', object: 'customer' }),
		],
		[
			'the session of a link, which has the metadata of the link',
			of(SESSIONS),
			event('checkout.session.completed', session('plink_1'), null),
		],
		[
			'a session, for its link',
			of('/v1/payment_links'),
			event('checkout.session.completed', session('plink_1'), null),
		],
		['an open invoice that was not sent', of('/v1/invoices/in_1/send'), invoice('finalized', 'open')],
		[
			'anything, for a path without a row',
			of('/v1/setup_intents'),
			event('setup_intent.created', { id: 'seti_1', object: 'setup_intent' }),
		],
	])('%s', (_, entry, one) => {
		expect(findConfirmation(one, entry)).toBeUndefined();
	});
});

it.each([
	[
		'',
		'null',
		'[]',
		'{}',
		'{"object":"event"}',
		'{"object":"event","id":"e","type":"t","livemode":"no","data":{"object":{}}}',
	],
])('an object that is not an event is not taken for one: %s', (...texts) => {
	for (const text of texts) expect(parseEvent(text)).toBeUndefined();
});
