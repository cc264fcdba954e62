import { channel } from 'node:diagnostics_channel';

/**
 * The points of an entry's journey, in their order. They are published on Node's diagnostics channel
 * `n8n-nodes-stripe-idempotent`, for tracing in production; the crash tests kill the process at each of them.
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

/** Points that only an attempt after a decline passes, between `claimed` and `sending`; once for each earlier payment. */
export const RENEWAL_POINTS = ['cancelling', 'cancelled'] as const;

/** Points that only a claim of several sends passes, before each of them but the first. */
export const EXTENSION_POINTS = ['extending', 'extended'] as const;

export type TracePoint =
	(typeof TRACE_POINTS)[number] | (typeof RENEWAL_POINTS)[number] | (typeof EXTENSION_POINTS)[number];

export interface TraceMessage {
	point: TracePoint;
	entryId: string;
}

const journey = channel('n8n-nodes-stripe-idempotent');

/** Costs nothing while nobody subscribes. Carries no amounts, names or secrets. */
export function tracePoint(point: TracePoint, entryId: string): void {
	if (journey.hasSubscribers) journey.publish({ point, entryId } satisfies TraceMessage);
}
