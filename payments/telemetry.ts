import type { Attributes, Counter, Histogram, MeterProvider } from '@opentelemetry/api';
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

import type { Admission } from '../ledger/claims';
import type { Entry } from '../ledger/model/entry';
import type { StripeResponse } from '../stripe/api/client';

/** The name of the tracer and the meter. */
const SCOPE = 'n8n-nodes-stripe-idempotent';

/**
 * Spans and counters for users who have set up a collector in n8n. Without one, OpenTelemetry's API does nothing. They never
 * contain customer names, amounts, keys or secrets: an entry is identified by its ID.
 */
interface Instruments {
	/** Items that left a node, by outcome. */
	items: Counter;
	/** Requests to Stripe that may change something, by status code. */
	sends: Counter;
	/** Claims that another run took over before they were settled. */
	leaseLosses: Counter;
	/** Duration in s, without waits. */
	ledgerDuration: Histogram;
	/** Duration in s, by what was waited for. */
	waitDuration: Histogram;
}

/** From one access to a local file up to a wait for another run. OpenTelemetry's default boundaries are for milliseconds. */
const BOUNDARIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

let current: { provider: MeterProvider; instruments: Instruments } | undefined;

/** n8n sets up its collector after it has loaded the nodes, and again when the settings change. */
function getInstruments(): Instruments {
	const provider = metrics.getMeterProvider();
	if (current?.provider !== provider) current = { provider, instruments: createInstruments(provider) };
	return current.instruments;
}

function createInstruments(provider: MeterProvider): Instruments {
	const meter = provider.getMeter(SCOPE);
	return {
		items: meter.createCounter('stripe_idempotent.items', {
			description: 'Items that have left a node',
			unit: '{item}',
		}),
		sends: meter.createCounter('stripe_idempotent.sends', {
			description: 'Requests sent to Stripe that may change something',
			unit: '{request}',
		}),
		leaseLosses: meter.createCounter('stripe_idempotent.lease_losses', {
			description: 'Claims that another run took over before they were settled',
			unit: '{claim}',
		}),
		ledgerDuration: meter.createHistogram('stripe_idempotent.ledger.duration', {
			description: 'Duration of claims, without their waits, and of settles',
			unit: 's',
			advice: { explicitBucketBoundaries: BOUNDARIES },
		}),
		waitDuration: meter.createHistogram('stripe_idempotent.wait.duration', {
			description: 'Duration of waits for a turn to send, and for another run that holds the entry',
			unit: 's',
			advice: { explicitBucketBoundaries: BOUNDARIES },
		}),
	};
}

/** The telemetry of an item when it leaves the node. */
interface ItemTelemetry {
	outcome: string;
	output: string;
	replayed: boolean;
	entry?: Pick<Entry, 'entryId' | 'attempt' | 'sends'>;
}

/** Records the processing of one item as a span, which contains the spans of its requests. */
export async function traceItem<T extends ItemTelemetry>(
	operation: string,
	run: () => Promise<T>,
): Promise<T> {
	return withSpan('stripe_idempotent.item', SpanKind.INTERNAL, { operation }, run, (result) => {
		const { outcome, output, replayed, entry } = result;
		const attributes = { outcome, output, replayed };
		getInstruments().items.add(1, prefix({ operation, ...attributes }));
		const { entryId, attempt, sends } = entry ?? {};
		return {
			attributes: { ...attributes, entry_id: entryId, attempt, sends },
			isError: output === 'retry',
		};
	});
}

/** Records one request to Stripe that may change something. */
export async function traceSend(
	{ method, entryId }: { method: string; entryId: string },
	send: () => Promise<StripeResponse>,
): Promise<StripeResponse> {
	const attributes = { entry_id: entryId, method };
	return withSpan('stripe_idempotent.send', SpanKind.CLIENT, attributes, send, (response) => {
		const statusCode = 'statusCode' in response ? response.statusCode : undefined;
		const attributes = { response: response.kind, status_code: statusCode };
		getInstruments().sends.add(1, prefix({ method, ...attributes }));
		return { attributes: attributes, isError: response.kind !== 'object' };
	});
}

/** Records how long a claim takes in the ledger, and how long it waits for its turn and for other runs. */
export async function timeClaim<T>(
	claim: (admission: Admission) => Promise<T>,
	turn?: Omit<Admission, 'pause'>,
): Promise<T> {
	let [turnMs, otherRunMs] = [0, 0];
	const begin = performance.now();
	try {
		return await claim({
			enter: async () => {
				const [hasWaited = false, ms] = await measure(async () => turn?.enter());
				if (hasWaited) turnMs += ms;
				return hasWaited;
			},
			leave: () => turn?.leave(),
			pause: async (sleep) => {
				const [, ms] = await measure(sleep);
				otherRunMs += ms;
			},
		});
	} finally {
		recordLedger('claim', performance.now() - begin - turnMs - otherRunMs);
		recordWait('turn', turnMs);
		recordWait('other_run', otherRunMs);
	}
}

/** Records how long a settle takes. */
export async function timeSettle<T>(settle: () => Promise<T>): Promise<T> {
	const begin = performance.now();
	try {
		return await settle();
	} finally {
		recordLedger('settle', performance.now() - begin);
	}
}

async function measure<T>(run: () => Promise<T>): Promise<[result: T, ms: number]> {
	const begin = performance.now();
	return [await run(), performance.now() - begin];
}

function recordLedger(call: 'claim' | 'settle', ms: number): void {
	getInstruments().ledgerDuration.record(ms / 1_000, prefix({ call }));
}

/** Records a wait, if there was one. */
export function recordWait(reason: 'turn' | 'other_run', ms: number): void {
	if (ms > 0) getInstruments().waitDuration.record(ms / 1_000, prefix({ reason }));
}

export function countLeaseLoss(): void {
	getInstruments().leaseLosses.add(1);
}

async function withSpan<T>(
	name: string,
	kind: SpanKind,
	attributes: Attributes,
	run: () => Promise<T>,
	describe: (result: T) => { attributes: Attributes; isError: boolean },
): Promise<T> {
	const tracer = trace.getTracer(SCOPE);
	return tracer.startActiveSpan(name, { kind, attributes: prefix(attributes) }, async (span) => {
		try {
			const result = await run();
			const attributes = describe(result);
			span.setAttributes(prefix(attributes.attributes));
			if (attributes.isError) span.setStatus({ code: SpanStatusCode.ERROR });
			return result;
		} catch (error) {
			// The error message may contain data of the item.
			span.setStatus({ code: SpanStatusCode.ERROR });
			throw error;
		} finally {
			span.end();
		}
	});
}

function prefix(attributes: Attributes): Attributes {
	const prefixed: Attributes = {};
	for (const name in attributes) prefixed[`stripe_idempotent.${name}`] = attributes[name];
	return prefixed;
}
