import type { RepeatEffect } from './endpoints';
import { findRepeatEffect } from './endpoints';
import type { ExportedNode } from './exportedWorkflow';
import type { Verdict } from './finding';
import type { WorkflowGraph } from './graph';
import type { KeyQuality } from './keyQuality';
import { judgeKey } from './keyQuality';
import type { KeyPurpose } from './sharedNames';
import type { StripeCall } from './stripeCall';

const REPLACE =
	'Replace it with Stripe Idempotent (--write does), and choose the fields that identify one decision.';
const SAME_KEY =
	'Build the key from business data alone, such as the order number, or replace the node with Stripe Idempotent.';

/** @returns undefined if a repeat is harmless */
export function judgeCall(call: StripeCall, node: ExportedNode, graph: WorkflowGraph): Verdict | undefined {
	const effect = findRepeatEffect(call);
	if (!effect) return undefined;
	return call.sender === 'stripeNode' ? judgeStripeNode(effect) : judgeKeyOf(call, effect, node, graph);
}

function judgeStripeNode({ severity, again }: RepeatEffect): Verdict {
	return {
		kind: 'stripe_node',
		severity,
		message: `n8n's Stripe node sends no idempotency key. If it runs again, or a response is lost, ${again}.`,
		nextStep: REPLACE,
	};
}

function judgeKeyOf(
	{ key, pattern }: StripeCall,
	{ severity, again }: RepeatEffect,
	node: ExportedNode,
	graph: WorkflowGraph,
): Verdict {
	const quality: KeyQuality = key?.byModel
		? { kind: 'byModel' }
		: judgeKey(key?.written, node, graph, getPurpose(pattern));
	const call = pattern === undefined ? 'This request to Stripe' : `POST ${pattern.replaceAll(':', '…')}`;
	return { severity, ...KEY_VERDICTS[quality.kind]({ call, again, why: describeQuality(quality) }) };
}

/** @param pattern `/v1/customers` */
export function getPurpose(pattern = ''): KeyPurpose {
	if (pattern === '/v1/customers') return 'customer';
	if (/^\/v1\/(?:customers\/:\/)?subscriptions$/.test(pattern)) return 'subscription';
	return CATALOG.test(pattern) ? 'catalog' : 'other';
}

const CATALOG = /^\/v1\/(?:products|prices|plans|coupons|promotion_codes|tax_rates|billing\/meters)$/;

function describeQuality(quality: KeyQuality): string {
	switch (quality.kind) {
		case 'volatile':
			return quality.why;
		case 'moment':
			return quality.field;
		case 'shared':
			return [...new Set(quality.fields)].join(' and ');
		case 'stable':
		case 'empty':
		case 'constant':
		case 'byModel':
			return '';
	}
}

interface CallFacts {
	call: string;
	/** What happens if the request is sent again. */
	again: string;
	/** Why the key differs in the next run, or the fields that make it a weak key. */
	why: string;
}

/** Without a severity of its own, it is as severe as the effect of a repeat. */
type KeyVerdict = Omit<Verdict, 'severity'> & Partial<Pick<Verdict, 'severity'>>;

const KEY_VERDICTS: Readonly<Record<KeyQuality['kind'], (facts: CallFacts) => KeyVerdict>> = {
	empty: ({ call, again }) => ({
		kind: 'http_no_key',
		message: `${call} has no Idempotency-Key. If it is sent again, ${again}.`,
		nextStep: REPLACE,
	}),
	volatile: ({ call, again, why }) => ({
		kind: 'http_volatile_key',
		message: `The Idempotency-Key of ${call} protects nothing: ${why}. In the next run, ${again}.`,
		nextStep: SAME_KEY,
	}),
	byModel: ({ call, again }) => ({
		kind: 'http_key_by_model',
		message: `An AI model makes up the Idempotency-Key of ${call}. With a new one, ${again}.`,
		nextStep: SAME_KEY,
	}),
	constant: ({ call }) => ({
		kind: 'http_constant_key',
		severity: 'medium',
		message: `The Idempotency-Key of ${call} is the same for every item: for 24 hours Stripe executes one request, and refuses the others or answers them with its result.`,
		nextStep: SAME_KEY,
	}),
	moment: ({ call, again, why }) => ({
		kind: 'http_volatile_key',
		severity: 'medium',
		message: `The Idempotency-Key of ${call} contains "${why}", which is named like a point in time. If it is set anew with each delivery, ${again}.`,
		nextStep: SAME_KEY,
	}),
	shared: ({ call, why }) => ({
		kind: 'http_weak_key',
		severity: 'medium',
		message: `The Idempotency-Key of ${call} is made of ${why} alone. A second order with the same ${why} within 24 hours gets the result of the first, and is not executed.`,
		nextStep: SAME_KEY,
	}),
	stable: ({ call, again }) => ({
		kind: 'http_key_for_24_hours',
		severity: 'note',
		message: `${call} has a good key, but Stripe remembers it for 24 hours. If it is sent again later, ${again}.`,
		nextStep:
			'Stripe Idempotent remembers for 400 days, and looks a payment up before it sends it again.',
	}),
};
