import type { Outcome } from '../../ledger/model/entry';
import type { TimeSource } from '../../ledger/clock';
import type { PermissionRequest } from '../../stripe/api/permissions';
import { appendQuery } from '../../stripe/api/query';
import type { ItemResult } from '../shared/run/result';
import { toItemResult } from '../shared/run/result';
import { errorToResult } from '../shared/run/errorToResult';
import { OUTCOME_MESSAGES } from '../shared/run/outcomeMessages';
import { forEachPage, sendRead } from '../../stripe/api/reads';
import { describeReadOutcome, getObject } from '../shared/stripe/reads';
import type { ReadItem, ReportItem, SimpleReadItem } from './item';
import { refuseOtherObjects } from './onlyCustomer';
import type { ItemReading } from './itemRequest';
import type { ReadOperation, ReportSource, StripeOperation, WriteOperation } from './operations/operation';

/**
 * Builds the item of a read.
 *
 * @throws ItemError
 */
export function toReadItem(
	{ read, request }: ItemReading,
	operation: Exclude<StripeOperation, WriteOperation>,
): ReadItem {
	if (operation.kind === 'report')
		return { ...request, kind: 'read', operation, report: operation.prepare(read) };
	const most = operation.kind === 'read' ? 1 : read.maxResults();
	return { ...request, kind: 'read', operation, most };
}

type LedgerSource = Pick<ReportSource, 'openLedger' | 'readLedgerWarnings'>;

/**
 * Executes a read.
 *
 * @throws StoreUnavailableError if a report needs the ledger
 */
export async function executeRead(
	item: ReadItem,
	time: TimeSource,
	ledgers: LedgerSource,
): Promise<ItemResult> {
	if ('report' in item) return executeReport(item, time, ledgers);
	const { operation } = item;
	return operation.kind === 'read'
		? readOne(item, operation, time).catch(errorToResult)
		: readList(item, operation.kind, time);
}

async function executeReport(
	{ report, ...request }: ReportItem,
	time: TimeSource,
	ledgers: LedgerSource,
): Promise<ItemResult> {
	const found = await report({ request, time, ...ledgers });
	if ('kind' in found) return toReadResult(found, { method: 'GET', path: request.path });
	return { ...toItemResult({ kind: 'succeeded' }, { source: 'stripe' }), ...found };
}

async function readList(
	item: SimpleReadItem,
	kind: 'list' | 'search',
	time: TimeSource,
): Promise<ItemResult> {
	const objects: Record<string, unknown>[] = [];
	const { path, params, most: limit } = item;
	const failure = await forEachPage(item, { path, params, kind, limit }, time, (page) =>
		objects.push(...page),
	);
	if (failure) return toReadResult(failure, { method: 'GET', path });
	await refuseOtherObjects(item, objects, (of) => getObject(item, of, time));
	return { ...toItemResult({ kind: 'succeeded' }, { source: 'stripe' }), objects };
}

async function readOne(
	item: SimpleReadItem,
	{ method, isLogin, describe }: ReadOperation,
	time: TimeSource,
): Promise<ItemResult> {
	const { path, params } = item;
	const request = { method: method ?? 'GET', path };
	const question = method === 'POST' ? { path, params } : appendQuery(path, params);
	let loginUrl: string | undefined;
	const result = toReadResult(
		await sendRead(item, question, time, (response) => {
			const { url } = response.kind === 'object' ? response.body : {};
			if (isLogin && typeof url === 'string') loginUrl = url;
		}),
		request,
	);
	if (result.outcome === 'succeeded')
		await refuseOtherObjects(item, result.objects, (of) => getObject(item, of, time));
	const [object] = result.objects;
	const now = item.connection.clock.now();
	const description = object && (await describe?.(params, object, (of) => getObject(item, of, time), now));
	if (description !== undefined) return { ...result, objects: [{ ...object, inWords: description }] };
	return loginUrl === undefined ? result : { ...result, secretFields: { url: loginUrl } };
}

function toReadResult(outcome: Outcome, request: PermissionRequest): ItemResult {
	if (outcome.kind === 'succeeded') return toItemResult(outcome, { source: 'stripe' });
	return toItemResult(outcome, {
		request,
		source: 'stripe',
		message: describeReadOutcome(outcome),
		nextStep: getReadNextStep(outcome),
	});
}

function getReadNextStep(outcome: Outcome): string | undefined {
	if (outcome.kind === 'rejected') return 'Correct the ID, filter or query, and run it again.';
	return OUTCOME_MESSAGES[outcome.kind].retryable ? 'Retry later. Reading moves no money.' : undefined;
}
