import type { RepeatEffect } from './endpoints';
import { findRepeatEffect } from './endpoints';
import type { ExportedNode } from './exportedWorkflow';
import type { Verdict } from './finding';
import type { WorkflowGraph } from './graph';
import type { KeyQuality } from './keyQuality';
import { judgeKey } from './keyQuality';
import type { StripeCall } from './stripeCall';

const REPLACE =
	'Replace it with Stripe Idempotent (--write does), and choose the fields that identify one decision.';
const SAME_KEY =
	'Build the key from business data alone, such as the order number, or replace the node with Stripe Idempotent.';

/** @returns undefined where a repeat does no harm */
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
	const quality: KeyQuality = key?.byModel ? { kind: 'byModel' } : judgeKey(key?.written, node, graph);
	const call = pattern === undefined ? 'This request to Stripe' : `POST ${pattern.replaceAll(':', '…')}`;
	const why = quality.kind === 'volatile' ? quality.why : '';
	return { severity, ...KEY_VERDICTS[quality.kind]({ call, again, why }) };
}

interface CallFacts {
	call: string;
	/** What happens if it is sent again. */
	again: string;
	/** Why its key is a different one in the next run. */
	why: string;
}

/** As severe as what a repeat does, where nothing else is said. */
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
	stable: ({ call, again }) => ({
		kind: 'http_key_for_24_hours',
		severity: 'note',
		message: `${call} has a good key, but Stripe remembers it for 24 hours. If it is sent again later, ${again}.`,
		nextStep:
			'Stripe Idempotent remembers for 400 days, and looks a payment up before it sends it again.',
	}),
};
