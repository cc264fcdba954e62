import type { Params } from '../../../ledger/model/request';
import { sentParamsOf } from '../../../ledger/model/request';
import type { ApprovedReads } from '../../../ledger/identity/check';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import { isMeasured } from '../../../payments/expectedSpend';
import { findIntentOperation } from '../../../payments/intentOperations';
import type { CheckedSpend } from '../../../payments/requestedSpend';
import { readRequestedSpend } from '../../../payments/requestedSpend';
import { buildUnknownSpend } from '../../../payments/spendFacts';
import { getObjectPath, parseTarget } from '../../../stripe/objects/collections';
import { isObjectMissing } from '../../shared/run/errorToResult';
import type { Additions } from '../additions';
import { addFrozenParams, addMeasuring } from '../additions';
import type { Caps } from '../cap';
import type { ItemReads } from '../itemReads';

interface ApprovedRequest {
	/** The resource and operation: `refund.create`. */
	name: string;
	path: string;
	params: Params;
	/** The maximum that may be moved. */
	caps: Caps;
	/** The object from which the request is built, if any. */
	objectPath?: string;
	/** The time of the check, in ms since the epoch. Everything is calculated for it, so that the run calculates the same. */
	at: () => number;
}

/**
 * Reads what a person approves before each new attempt: the amount, and the state of the objects. An amount that the request does
 * not name is frozen.
 */
export function addApprovalReads(
	additions: Additions,
	request: ApprovedRequest,
	reads: ItemReads,
): Pick<ClaimRequest, 'readFirst' | 'readsParams'> {
	const operation = findIntentOperation(request.name);
	const prepared =
		operation && isMeasured(operation)
			? addMeasuring(additions, { ...request, operation }, reads, request.at)
			: additions;
	const isAmountRead = operation !== undefined && !AMOUNTS.some((name) => name in request.params);
	return {
		...(additions.readsParams || isAmountRead || SENDS_SAVED.has(request.name)
			? { readsParams: true }
			: {}),
		readFirst: async (current) => {
			reads.forget();
			const own = await prepared.readFirst?.(current);
			const added = own?.addParams ?? prepared.addParams;
			const params = sentParamsOf({ params: request.params, added: added?.('') });
			const named = await readNamedSpend({ ...request, params }, reads);
			await readObjects({ ...request, path: own?.sentPath ?? request.path, params }, reads);
			const { addParams } = named
				? addFrozenParams({ addParams: added }, named.frozen)
				: { addParams: added };
			const spend = own?.expectation?.spend ?? named?.requestedSpend;
			return { ...own, addParams, approved: await toApprovedReads(spend, reads) };
		},
	};
}

/** Sends along what others have saved in the object, so a request that was not executed is approved again. */
const SENDS_SAVED: ReadonlySet<string> = new Set(['dispute.update']);

/** Parameters in which a request names its own amount. */
const AMOUNTS = ['amount', 'amount_to_capture', 'amount_to_confirm'];

async function toApprovedReads(spend: ApprovedReads['spend'], reads: ItemReads): Promise<ApprovedReads> {
	const objects = await reads.describeStates();
	return { objects, ...(spend ? { spend: { amount: spend.amount, currency: spend.currency } } : {}) };
}

/** @throws UnknownSpendError if the amount is not known, because then nobody can approve it */
async function readNamedSpend(
	{ name, path, params }: Pick<ApprovedRequest, 'name' | 'path' | 'params'>,
	reads: ItemReads,
): Promise<CheckedSpend | undefined> {
	const operation = findIntentOperation(name);
	if (!operation || isMeasured(operation)) return undefined;
	const spend = await readRequestedSpend({ operation, path, params }, reads.get);
	const { amount, currency } = spend.requestedSpend;
	if (Number.isSafeInteger(amount) && currency !== '') return spend;
	throw buildUnknownSpend(
		'It is not known how much this moves',
		'Correct the amount and the currency, and check it again.',
	);
}

/** Reads the object acted on, even if the request can be built without it. */
async function readObjects(
	{ name, path, params, objectPath }: Pick<ApprovedRequest, 'name' | 'path' | 'params' | 'objectPath'>,
	reads: ItemReads,
): Promise<void> {
	const target = parseTarget(path);
	const paths = [objectPath, target && getObjectPath(target)].filter((known) => known !== undefined);
	await Promise.all(paths.map((known) => readIfThere(known, reads)));
	const { payment_intent: payment } = params;
	if (name !== 'refund.create' || typeof payment !== 'string') return;
	// Only the charge shows earlier refunds.
	const { latest_charge: charge } = await reads.get(`/v1/payment_intents/${payment}`);
	if (typeof charge === 'string') await reads.get(`/v1/charges/${charge}`);
}

/** A missing object counts as such, because that may be the requested state. */
async function readIfThere(path: string, reads: ItemReads): Promise<void> {
	await reads.get(path).catch((error: unknown) => {
		if (!isObjectMissing(error)) throw error;
	});
}
