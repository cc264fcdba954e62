import type Stripe from 'stripe';

import { invalid, unexpectedState } from '../errors';
import { getOwn, isMap } from '../form';
import { listing } from '../lists';
import { findInPath, reading } from '../lookup';
import type { Charge, SimulatedObject } from '../objects';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type Route, type RouteHandler } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import type { StripeState } from '../world';
import { addToBalance } from './balance';

interface Dispute extends SimulatedObject {
	object: 'dispute';
	status: 'needs_response' | 'under_review' | 'won' | 'lost';
	amount: number;
	charge: string;
	currency: string;
	payment_intent: string | null;
	evidence: Record<string, string | null>;
	evidence_details: {
		due_by: number;
		enhanced_eligibility: object;
		has_evidence: boolean;
		past_due: boolean;
		submission_count: number;
		submission_method: string;
	};
	metadata: Record<string, string>;
}

/** The maximum length of all evidence fields together. */
const MAX_EVIDENCE = 150_000;
/** The bank's fee for a dispute, whoever wins it. */
const DISPUTE_FEE = 1500;
const DUE_SECONDS = 14 * 86_400;

const EVIDENCE = [
	'access_activity_log',
	'appeal',
	'billing_address',
	'cancellation_policy',
	'cancellation_policy_disclosure',
	'cancellation_rebuttal',
	'customer_communication',
	'customer_email_address',
	'customer_name',
	'customer_purchase_ip',
	'customer_signature',
	'duplicate_charge_documentation',
	'duplicate_charge_explanation',
	'duplicate_charge_id',
	'enhanced_evidence',
	'product_description',
	'receipt',
	'refund_policy',
	'refund_policy_disclosure',
	'refund_refusal_explanation',
	'service_date',
	'service_documentation',
	'shipping_address',
	'shipping_carrier',
	'shipping_date',
	'shipping_documentation',
	'shipping_tracking_number',
	'uncategorized_file',
	'uncategorized_text',
] as const satisfies ParameterNames<Stripe.DisputeUpdateParams.Evidence>;
const UPDATE = [
	'evidence',
	'intended_submission_method',
	'metadata',
	'submit',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.DisputeUpdateParams>;

const PATH = '/v1/disputes';
const disputesIn = (state: StripeState) => state.other<Dispute>('disputes');
const disputesOf = ({ world }: Call) => disputesIn(world);
const found = (call: Call) => findInPath(call, disputesOf, 'dispute');

export const disputeRoutes: readonly Route[] = [
	{
		method: 'GET',
		path: PATH,
		parameters: [
			...LIST_PARAMETERS,
			'charge',
			'payment_intent',
		] satisfies ParameterNames<Stripe.DisputeListParams>,
		prepare: (call) => {
			const charge = given.readText(call.params, 'charge');
			const intent = given.readText(call.params, 'payment_intent');
			return listing(
				call,
				disputesOf(call),
				(dispute) =>
					(charge ?? dispute.charge) === dispute.charge &&
					(intent ?? dispute.payment_intent) === dispute.payment_intent,
			);
		},
	},
	reading(PATH, disputesOf, 'dispute'),
	{ method: 'POST', path: `${PATH}/:id`, parameters: UPDATE, prepare: update },
	{ method: 'POST', path: `${PATH}/:id/close`, parameters: ALWAYS_ALLOWED, prepare: close },
];

/** A customer disputes a payment at the bank: the money is withdrawn until the dispute is won. */
export function addDispute(state: StripeState, charge: Charge): void {
	const id = state.newId('du');
	const { amount, currency } = charge;
	const money = { type: 'adjustment', currency, source: id, fee: DISPUTE_FEE };
	const dispute = {
		id,
		object: 'dispute',
		amount,
		balance_transactions: [addToBalance(state, { ...money, amount: -amount })],
		charge: charge.id,
		created: state.seconds(),
		currency,
		enhanced_eligibility_types: [],
		evidence: Object.fromEntries(EVIDENCE.map((name) => [name, null])),
		evidence_details: {
			due_by: state.seconds() + DUE_SECONDS,
			enhanced_eligibility: {},
			has_evidence: false,
			past_due: false,
			submission_count: 0,
			submission_method: 'not_submitted',
		},
		intended_submission_method: null,
		is_charge_refundable: false,
		livemode: state.livemode,
		metadata: {},
		network_reason_code: '10.4',
		payment_intent: charge.payment_intent,
		payment_method_details: { type: 'card' },
		reason: 'fraudulent',
		status: 'needs_response',
	} satisfies Shown<Stripe.Dispute, Dispute>;
	charge.disputed = true;
	state.charges.save(charge);
	disputesIn(state).save(dispute);
	for (const type of ['created', 'funds_withdrawn'])
		state.record(`charge.dispute.${type}`, dispute, { requestId: null, key: null });
}

/** Evidence is submitted immediately unless requested otherwise, and usually only once. */
function update(call: Call): RouteHandler {
	const { params, world: state } = call;
	const dispute = found(call);
	const evidence = readEvidence(call);
	const submit = given.readFlag(params, 'submit') ?? true;
	const metadata = given.readMetadata(params);
	return () => {
		const { evidence_details: details } = dispute;
		if (Object.keys(evidence).length > 0) refuseAnswered(dispute);
		Object.assign(dispute.evidence, evidence);
		details.has_evidence = Object.values(dispute.evidence).some((text) => text !== null);
		if (submit && details.has_evidence && dispute.status === 'needs_response') {
			details.submission_count += 1;
			details.submission_method = 'manual';
			dispute.status = 'under_review';
		}
		dispute.metadata = given.mergeMetadata(dispute.metadata, metadata);
		state.record('charge.dispute.updated', disputesOf(call).save(dispute), call.cause);
		return dispute;
	};
}

function readEvidence({ params }: Call): Record<string, string | null> {
	const evidence = given.readHash(params, 'evidence') ?? {};
	const names: readonly string[] = EVIDENCE;
	const pairs = Object.keys(evidence).map((name): [string, string | null] => {
		const param = `evidence[${name}]`;
		if (!names.includes(name))
			throw invalid(param, `Received unknown parameter: ${param}`, 'parameter_unknown');
		const value = getOwn(evidence, name) ?? '';
		return [name, isMap(value) || Array.isArray(value) ? JSON.stringify(value) : value || null];
	});
	const length = pairs.reduce((sum, [, text]) => sum + (text?.length ?? 0), 0);
	if (length > MAX_EVIDENCE) {
		const message = `The combined character count of all evidence fields is limited to ${MAX_EVIDENCE}.`;
		throw invalid('evidence', message);
	}
	return Object.fromEntries(pairs);
}

function refuseAnswered({ status, evidence_details: { submission_count: count } }: Dispute): void {
	if (status === 'needs_response' && count === 0) return;
	throw unexpectedState(
		'Evidence has already been submitted for this dispute, or it is closed: it can no longer be changed.',
		'dispute_evidence_already_submitted',
	);
}

/** Irreversible: the customer keeps the money. */
function close(call: Call): RouteHandler {
	const dispute = found(call);
	return () => {
		if (dispute.status === 'lost' || dispute.status === 'won')
			throw unexpectedState('This dispute is already closed', 'dispute_already_closed');
		dispute.status = 'lost';
		call.world.record('charge.dispute.closed', disputesOf(call).save(dispute), call.cause);
		return dispute;
	};
}
