import type { Outcome } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { Time } from '../../ledger/clock';
import { stopwatch } from '../../ledger/clock';
import { sendOnce } from '../../stripe/api/client';
import type { Connection } from '../../stripe/api/connection';
import { leaseMs, sendUntilKnown } from '../../stripe/api/retry';
import { withQuery } from '../../stripe/api/query';
import type { Departure } from '../shared/run/result';
import { departure } from '../shared/run/result';
import { NotSent, nothingSent } from '../shared/run/errorToResult';
import type { Options } from './options';
import type { Operation, WriteOperation } from './operations/operation';
import { OUTCOME_WORDS } from '../shared/run/outcomeMessages';

/** Stripe's longest page (docs.stripe.com/api/pagination). */
const LONGEST_PAGE = 100;

export type ReadOptions = Pick<Options, 'timeoutMs' | 'maxRetries' | 'apiVersion' | 'stripeAccount'>;

interface Asked {
	connection: Connection;
	options: ReadOptions;
}

/** A read moves nothing: it needs no claim, and may be repeated freely. */
async function get(
	{ connection, options }: Asked,
	path: string,
	time: Time,
	signal?: AbortSignal,
): Promise<Outcome> {
	const { timeoutMs, apiVersion, stripeAccount } = options;
	const send = () => sendOnce(connection, { method: 'GET', path, timeoutMs, apiVersion, stripeAccount });
	// A read needs no time: it is how Stripe's time is learned.
	const watch = stopwatch(time);
	const outcomes = await sendUntilKnown(send, options, watch.now() + leaseMs(options), watch, signal);
	return outcomes[outcomes.length - 1] ?? { kind: 'unreachable', message: 'There was no time to ask' };
}

/**
 * One object that has to be known before an item can be sent.
 *
 * @param otherwise what to do where Stripe does not give it, and the ID is not what is wrong
 * @throws NotSent
 */
export async function getObject(
	asked: Asked,
	path: string,
	time: Time,
	otherwise = 'Run it again later, with the same item.',
): Promise<Record<string, unknown>> {
	const outcome = await get(asked, path, time);
	if (outcome.kind === 'succeeded') return outcome.body ?? {};
	const what = `Nothing was sent, because ${path} had to be read first and could not be. ${readWords(outcome)}`;
	const nextStep = outcome.kind === 'rejected' ? 'Correct the ID and run it again.' : otherwise;
	throw new NotSent(nothingSent(outcome), { what, nextStep });
}

/** The account that a key belongs to; asked without `Stripe-Account`, which names another one. */
export function getAccount({ connection, options }: Asked, time: Time): Promise<Outcome> {
	return get({ connection, options: { ...options, stripeAccount: undefined } }, '/v1/account', time);
}

/** Carries out an operation that only reads. */
export async function readFromStripe(
	item: Asked & {
		path: string;
		params: Params;
		operation: Exclude<Operation, WriteOperation>;
		most: number;
	},
	time: Time,
	signal?: AbortSignal,
): Promise<Departure> {
	const { path, params, operation } = item;
	const outcome =
		operation.kind === 'read'
			? await get(item, withQuery(path, params), time, signal)
			: await allPages(item, operation.kind, item.most, time, signal);
	if (Array.isArray(outcome))
		return { ...departure({ kind: 'succeeded' }, { source: 'stripe' }), objects: outcome };
	if (outcome.kind === 'succeeded') return departure(outcome, { source: 'stripe' });
	return departure(outcome, {
		source: 'stripe',
		what: readWords(outcome),
		nextStep: readNextStep(outcome),
	});
}

export function readWords(outcome: Outcome): string {
	return outcome.kind === 'unknown' ? 'No answer from Stripe' : OUTCOME_WORDS[outcome.kind].what(outcome);
}

function readNextStep(outcome: Outcome): string | undefined {
	if (outcome.kind === 'rejected') return 'Correct the ID, filter or query, and run it again.';
	return OUTCOME_WORDS[outcome.kind].retryable ? 'Run it again later: reading moves no money.' : undefined;
}

async function allPages(
	item: Asked & { path: string; params: Params },
	kind: 'list' | 'search',
	limit: number,
	time: Time,
	signal?: AbortSignal,
): Promise<Record<string, unknown>[] | Outcome> {
	const objects: Record<string, unknown>[] = [];
	let from: Params = {};
	while (!signal?.aborted) {
		const size = String(Math.min(LONGEST_PAGE, limit - objects.length));
		const outcome = await get(
			item,
			withQuery(item.path, { ...item.params, ...from, limit: size }),
			time,
			signal,
		);
		if (outcome.kind !== 'succeeded') return outcome;
		const { data, has_more, next_page } = outcome.body ?? {};
		const page = Array.isArray(data) ? (data as Record<string, unknown>[]) : [];
		objects.push(...page);
		const last = page[page.length - 1]?.id;
		if (has_more !== true || objects.length >= limit || typeof last !== 'string') break;
		// Lists go on after the last object; searches after a token (docs.stripe.com/api/pagination).
		from = kind === 'list' ? { starting_after: last } : { page: String(next_page) };
	}
	return objects;
}
