import type Stripe from 'stripe';

import { invalid, noSuch, unexpectedState } from '../../errors';
import { getOwn, type ParamMap, type ParamValue } from '../../form';
import type { SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type Route, type RouteResult } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import type { Kept } from './filters';
import { copyLineItems, keepLineItems, readLineItems, routeOfLineItems } from './lineItems';
import { LONGEST, newSession, type Session, SHORTEST } from './newSession';
import { paySession, refuseUsedLink } from './payingSession';
import { findKept, readsOf, saveAndRecord, showGiven } from './filters';

interface Link extends SimulatedObject {
	active: boolean;
	restrictions?: ParamValue | null;
	metadata: Record<string, string>;
}

const LINKS: Kept<Link> = {
	path: '/v1/payment_links',
	kind: 'payment_link',
	storeOf: ({ world }) => world.other('payment_links'),
};
const SESSIONS: Kept<Session> = {
	path: '/v1/checkout/sessions',
	kind: 'checkout.session',
	storeOf: ({ world }) => world.other('checkout.sessions'),
};

const LINK_BOTH = [
	...([
		'after_completion',
		'allow_promotion_codes',
		'automatic_tax',
		'billing_address_collection',
	] as const),
	...([
		'custom_fields',
		'custom_text',
		'customer_creation',
		'inactive_message',
		'invoice_creation',
	] as const),
	...(['line_items', 'metadata', 'payment_intent_data', 'payment_method_collection'] as const),
	...(['payment_method_types', 'phone_number_collection', 'restrictions'] as const),
	...(['shipping_address_collection', 'submit_type', 'subscription_data', 'tax_id_collection'] as const),
	...ALWAYS_ALLOWED,
] satisfies ParameterNames<Stripe.PaymentLinkCreateParams & Stripe.PaymentLinkUpdateParams>;
const LINK_CREATE: ParameterNames<Stripe.PaymentLinkCreateParams> = [
	...LINK_BOTH,
	...(['application_fee_amount', 'application_fee_percent', 'currency', 'transfer_data'] as const),
];
const LINK_UPDATE: ParameterNames<Stripe.PaymentLinkUpdateParams> = [...LINK_BOTH, 'active'];
const SESSION_CREATE: ParameterNames<Stripe.Checkout.SessionCreateParams> = [
	...(['allow_promotion_codes', 'automatic_tax', 'billing_address_collection', 'cancel_url'] as const),
	...(['client_reference_id', 'currency', 'customer', 'customer_creation', 'customer_email'] as const),
	...(['customer_update', 'discounts', 'expires_at', 'invoice_creation', 'line_items', 'locale'] as const),
	...(['metadata', 'mode', 'payment_intent_data', 'payment_method_collection', 'return_url'] as const),
	...([
		'phone_number_collection',
		'setup_intent_data',
		'shipping_address_collection',
		'submit_type',
	] as const),
	...(['subscription_data', 'success_url', 'tax_id_collection', 'ui_mode'] as const),
	...ALWAYS_ALLOWED,
];
const SESSION_FILTERS = {
	customer: 'customer',
	payment_intent: 'payment_intent',
	payment_link: 'payment_link',
	status: 'status',
	subscription: 'subscription',
};

export const checkoutRoutes: readonly Route[] = [
	{ method: 'POST', path: LINKS.path, parameters: LINK_CREATE, prepare: createLink },
	// Payment links have no time filter.
	...readsOf(
		LINKS,
		{ active: 'active' },
		{
			parameters: [...LIST_PARAMETERS.filter((name) => name !== 'created'), 'active'],
		},
	),
	{ method: 'POST', path: `${LINKS.path}/:id`, parameters: LINK_UPDATE, prepare: updateLink },
	routeOfLineItems(LINKS),
	// The request of a customer's browser that opens the link.
	{
		method: 'GET',
		path: '/buy/:id',
		prepare: (call) => {
			const link = findKept(call, LINKS);
			return () => openLink(call, link);
		},
	},
	// The request of a customer who pays on the page of a session.
	{ method: 'GET', path: '/c/pay/:id', parameters: ['payment_method'], prepare: pay },
	{ method: 'POST', path: SESSIONS.path, parameters: SESSION_CREATE, prepare: createSession },
	...readsOf(SESSIONS, SESSION_FILTERS),
	routeOfLineItems(SESSIONS),
	{ method: 'POST', path: `${SESSIONS.path}/:id/expire`, parameters: ALWAYS_ALLOWED, prepare: expire },
];

function createLink(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const list = readLineItems(call, 20);
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const id = state.newId('plink');
		const { currency } = keepLineItems(call, id, list);
		const link = {
			id,
			object: 'payment_link' as const,
			active: true,
			after_completion: { type: 'hosted_confirmation', hosted_confirmation: { custom_message: null } },
			allow_promotion_codes: false,
			application: null,
			application_fee_amount: null,
			application_fee_percent: null,
			automatic_tax: { enabled: false, liability: null },
			billing_address_collection: 'auto',
			consent_collection: null,
			currency,
			custom_fields: [],
			custom_text: {},
			customer_creation: 'if_required',
			inactive_message: null,
			invoice_creation: null,
			livemode: state.livemode,
			managed_payments: null,
			metadata,
			on_behalf_of: null,
			payment_intent_data: null,
			payment_method_collection: 'always',
			payment_method_options: null,
			payment_method_types: null,
			phone_number_collection: { enabled: false },
			restrictions: null,
			shipping_address_collection: null,
			shipping_options: [],
			submit_type: 'auto',
			subscription_data: null,
			tax_id_collection: { enabled: false, required: 'never' },
			transfer_data: null,
			url: `https://buy.stripe.com/test_${id}`,
		} satisfies Shown<
			Omit<Stripe.PaymentLink, 'line_items' | 'name_collection' | 'optional_items'>,
			Link
		>;
		showGiven(
			call,
			link,
			LINK_BOTH.filter((name) => !['expand', 'line_items', 'metadata'].includes(name)),
		);
		return saveAndRecord(call, LINKS, 'payment_link.created', link);
	};
}

function updateLink(call: Call): () => RouteResult {
	const link = findKept(call, LINKS);
	const active = given.readFlag(call.params, 'active') ?? link.active;
	const metadata = given.readMetadata(call.params);
	return () => {
		showGiven(
			call,
			link,
			LINK_BOTH.filter((name) => !['expand', 'line_items', 'metadata'].includes(name)),
		);
		link.active = active;
		link.metadata = given.mergeMetadata(link.metadata, metadata);
		return saveAndRecord(call, LINKS, 'payment_link.updated', link);
	};
}

/** Creates the session of a customer who opens a link. The link's metadata is copied to each of its sessions. */
function openLink(call: Call, link: Link): Session {
	refuseUsedLink(link);
	const params = { mode: 'payment', line_items: [], success_url: 'https://example.com' };
	const session = saveSession({ ...call, params }, [], { ...link.metadata }, link.id);
	return Object.assign(session, copyLineItems(call, link.id, session.id));
}

function pay(call: Call): () => RouteResult {
	const session = findKept(call, SESSIONS);
	const link =
		typeof session.payment_link === 'string' ? LINKS.storeOf(call).find(session.payment_link) : undefined;
	return () => paySession(call, session, link);
}

function createSession(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const mode = given.readChoice(params, 'mode', ['payment', 'setup', 'subscription']) ?? 'payment';
	if (getOwn(params, 'customer') !== undefined && getOwn(params, 'customer_email') !== undefined) {
		throw invalid('customer', 'You may only specify one of these parameters: customer, customer_email.');
	}
	if (getOwn(params, 'discounts') !== undefined && getOwn(params, 'allow_promotion_codes') !== undefined) {
		throw invalid(
			'discounts',
			'You may only specify one of these parameters: allow_promotion_codes, discounts.',
		);
	}
	given.requireText(params, 'success_url');
	const list = mode === 'setup' ? [] : readLineItems(call, 100);
	const lives = (given.readInteger(params, 'expires_at') ?? state.seconds() + LONGEST) - state.seconds();
	if (lives < SHORTEST || lives > LONGEST)
		throw invalid(
			'expires_at',
			'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
		);
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => saveSession(call, list, metadata, null);
}

/** No event is emitted for its creation. */
function saveSession(
	call: Call,
	list: readonly ParamMap[],
	metadata: Record<string, string>,
	link: string | null,
): Session {
	const { params, world: state } = call;
	const customer = given.readText(params, 'customer') ?? null;
	if (customer !== null && state.customers.find(customer) === undefined)
		throw noSuch('customer', customer, 'customer', 400);
	const session = newSession(call, { metadata, link, customer });
	const { currency, total } = keepLineItems(call, session.id, list);
	Object.assign(session, { currency, amount_subtotal: total, amount_total: total });
	SESSIONS.storeOf(call).save(session);
	state.later((session.expires_at - state.seconds()) * 1000, () => {
		if (session.status === 'open') end(call, session, { requestId: null, key: null });
	});
	return session;
}

function expire(call: Call): () => RouteResult {
	const session = findKept(call, SESSIONS);
	return () => {
		if (session.status !== 'open') {
			throw unexpectedState(
				`Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
				'resource_invalid_state',
			);
		}
		return end(call, session, call.cause);
	};
}

function end(call: Call, session: Session, cause: Call['cause']): Session {
	Object.assign(session, { status: 'expired', url: null });
	return saveAndRecord({ ...call, cause }, SESSIONS, 'checkout.session.expired', session);
}
