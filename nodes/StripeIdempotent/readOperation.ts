import type { Outcome } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { TimeSource } from '../../ledger/clock';
import { withQuery } from '../../stripe/api/query';
import type { ItemResult } from '../shared/run/result';
import { toItemResult } from '../shared/run/result';
import { errorToResult } from '../shared/run/errorToResult';
import { OUTCOME_MESSAGES } from '../shared/run/outcomeMessages';
import type { ReadRequest } from '../../stripe/api/reads';
import { sendRead } from '../../stripe/api/reads';
import { describeReadOutcome, getObject } from '../shared/stripe/reads';
import type { ReadOperation, StripeOperation, WriteOperation } from './operations/operation';

/** Stripe's longest page (docs.stripe.com/api/pagination). */
const READ_PAGE_SIZE = 100;

/** Carries out an operation that only reads. */
export async function executeRead(
	item: ReadRequest & {
		path: string;
		params: Params;
		operation: Exclude<StripeOperation, WriteOperation>;
		most: number;
	},
	time: TimeSource,
): Promise<ItemResult> {
	const { operation } = item;
	if (operation.kind === 'read') return readOne(item, operation, time).catch(errorToResult);
	const outcome = await readAllPages(item, operation.kind, item.most, time);
	if (Array.isArray(outcome))
		return { ...toItemResult({ kind: 'succeeded' }, { source: 'stripe' }), objects: outcome };
	return toReadResult(outcome);
}

async function readOne(
	item: ReadRequest & { path: string; params: Params },
	{ method, isLogin, describe }: ReadOperation,
	time: TimeSource,
): Promise<ItemResult> {
	const { path, params } = item;
	const question = method === 'POST' ? { path, params } : withQuery(path, params);
	let loginUrl: string | undefined;
	const result = toReadResult(
		await sendRead(item, question, time, (response) => {
			const { url } = response.kind === 'object' ? response.body : {};
			if (isLogin && typeof url === 'string') loginUrl = url;
		}),
	);
	const [object] = result.objects;
	const words = object && (await describe?.(params, object, (of) => getObject(item, of, time)));
	if (words !== undefined) return { ...result, objects: [{ ...object, inWords: words }] };
	return loginUrl === undefined ? result : { ...result, secretFields: { url: loginUrl } };
}

function toReadResult(outcome: Outcome): ItemResult {
	if (outcome.kind === 'succeeded') return toItemResult(outcome, { source: 'stripe' });
	return toItemResult(outcome, {
		source: 'stripe',
		message: describeReadOutcome(outcome),
		nextStep: getReadNextStep(outcome),
	});
}

function getReadNextStep(outcome: Outcome): string | undefined {
	if (outcome.kind === 'rejected') return 'Correct the ID, filter or query, and run it again.';
	return OUTCOME_MESSAGES[outcome.kind].retryable ? 'Retry later. Reading moves no money.' : undefined;
}

async function readAllPages(
	item: ReadRequest & { path: string; params: Params },
	kind: 'list' | 'search',
	limit: number,
	time: TimeSource,
): Promise<Record<string, unknown>[] | Outcome> {
	const objects: Record<string, unknown>[] = [];
	let from: Params = {};
	while (!item.signal?.aborted) {
		const size = String(Math.min(READ_PAGE_SIZE, limit - objects.length));
		const outcome = await sendRead(
			item,
			withQuery(item.path, { ...item.params, ...from, limit: size }),
			time,
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
