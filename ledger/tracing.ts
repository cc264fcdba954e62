import { channel } from 'node:diagnostics_channel';

/**
 * The trace points of an entry, in order. They are published on Node's diagnostics channel `n8n-nodes-stripe-idempotent`, for
 * tracing in production. The crash tests kill the process at each of them.
 */
export const TRACE_POINTS = [
	'claiming',
	'claimed',
	'sending',
	'answered',
	'settling',
	'settled',
	'leaving',
] as const;

/** Trace points of an attempt after a decline only, between `claimed` and `sending`, once for each earlier payment. */
export const RENEWAL_POINTS = ['cancelling', 'cancelled'] as const;

/**
 * Trace point of a response whose money is shown only by another object, between `answered` and `settling`, before that object
 * is read.
 */
export const MONEY_POINTS = ['counting'] as const;

/** Trace points of a claim with several sends only, before each send except the first. */
export const EXTENSION_POINTS = ['extending', 'extended'] as const;

export type TracePoint =
	| ((typeof TRACE_POINTS)[number] | (typeof RENEWAL_POINTS)[number])
	| ((typeof MONEY_POINTS)[number] | (typeof EXTENSION_POINTS)[number]);

export interface TraceMessage {
	point: TracePoint;
	entryId: string;
}

const journey = channel('n8n-nodes-stripe-idempotent');

/** Publishes a trace point. Free of cost without subscribers. Carries no amounts, names or secrets. */
export function tracePoint(point: TracePoint, entryId: string): void {
	if (journey.hasSubscribers) journey.publish({ point, entryId } satisfies TraceMessage);
}
