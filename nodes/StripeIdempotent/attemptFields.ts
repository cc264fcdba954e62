import type { LedgerRequest } from '../../ledger/model/request';
import { fingerprintOf } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import { FORGOTTEN_SEND_MS } from '../../ledger/rules/uncertainty';
import { isMeasured } from '../../payments/expectedSpend';
import type { IntentOperation } from '../../payments/intentOperations';
import { findIntentOperation } from '../../payments/intentOperations';
import { readRequestedSpend } from '../../payments/requestedSpend';
import type { ReadRequest } from '../../stripe/api/reads';
import { hasPaymentMethod, omitPaymentMethod } from '../../stripe/objects/confirmParams';
import { PAYMENT_INTENTS } from '../../stripe/reconcile/earlierPayment';
import { findEarlierPayments } from '../../stripe/reconcile/findEarlierPayments';
import { ItemError } from '../shared/run/error';
import { requireEarlierPayments } from '../shared/stripe/earlierPayments';
import type { Addition, Additions } from './additions';
import { addFrozenParams, addMeasuring, prepareAddition } from './additions';
import { mayExceedLimit, CAP_LABELS } from './cap';
import type { ItemRequest, WriteItem } from './item';
import type { ItemReading } from './itemRequest';
import { ItemReads } from './itemReads';
import { movesNoMoney } from './movesNoMoney';
import type { WriteOperation } from './operations/operation';
import { refuseMismatchedParams } from './token/tokenRequest';

/** A write whose method is known. */
export type WriteRequest = ItemReading & { operation: WriteOperation; method: 'POST' | 'DELETE' };

/** What a request is compared with before its claim, and what the node adds to its parameters. */
export interface Comparison {
	/** Set if the amount matters: with a token, or a limit of the node. */
	spendOperation?: IntentOperation;
	addition: Addition;
	reads: ItemReads;
}

/** @throws ItemError for parameters that the token does not cover or Stripe would refuse; PreflightError */
export async function compareParams(write: WriteRequest): Promise<Comparison> {
	const { operation, read, token, request, run } = write;
	const { params } = request;
	const reads = new ItemReads(request, run.time);
	const spendOperation = token?.operation ?? findCappedOperation(operation, request);
	const isCompared = spendOperation !== undefined && !isMeasured(spendOperation);
	const addition = await prepareAddition(
		operation,
		read,
		{ params, isCompared },
		reads,
		request.connection.clock,
	);
	if (token) refuseMismatchedParams(token.operation, addition.knownParams);
	operation.check?.(read, params);
	return { spendOperation, addition, reads };
}

/** @throws ItemError if a limit is set, and the amount of the request is not known */
function findCappedOperation(
	{ action }: WriteOperation,
	{ name, params, options }: Pick<ItemRequest, 'name' | 'params' | 'options'>,
): IntentOperation | undefined {
	const { perItem, perRun, own } = options.caps;
	if (!perItem && !perRun && !own) return undefined;
	const operation = findIntentOperation(name);
	if (operation || movesNoMoney(name, params)) return operation;
	throw new ItemError(
		perItem ? CAP_LABELS.chargeAtMostPerItem : CAP_LABELS.chargeAtMostPerRun,
		`is set, but the request "${action}" does not say how much it would move`,
		'Nothing was sent. Use an operation that names its amount, or remove the option here once a person has checked the amount.',
	);
}

export type AttemptFields = Pick<
	ClaimRequest,
	| ('addParams' | 'readFirst' | 'readsParams' | 'comparedParams' | 'readEarlier')
	| ('samePayment' | 'harmless' | 'onlyOne')
>;

/** Builds the fields of a claim about its attempts. */
export function describeAttempts(
	write: WriteRequest,
	{ spendOperation, reads }: Comparison,
	added: Additions,
): AttemptFields {
	const { operation, method, request, read } = write;
	const { path, params, connection, options } = request;
	const { caps } = options;
	const additions =
		spendOperation && isMeasured(spendOperation)
			? addMeasuring(added, { operation: spendOperation, path, params, caps }, reads, () =>
					connection.clock.now(),
				)
			: added;
	const renewal = buildRenewal({ ...request, request: { method, path, params } });
	const onlyOne = operation.onlyOne?.(read, params);
	const { harmless: given } = operation;
	const harmless = typeof given === 'function' ? given(params) : given;
	return { ...additions, ...renewal, harmless, onlyOne };
}

/**
 * Builds what a claim needs so that the payment of an earlier attempt is never paid in addition to a new one. Only payments that
 * the entry created itself are cancelled. Confirm acts on a payment that somebody else created.
 */
function buildRenewal({
	request,
	...reading
}: ReadRequest & { request: LedgerRequest }): Pick<ClaimRequest, 'readEarlier' | 'samePayment'> {
	const { method, path, params } = request;
	const samePayment = samePaymentOf(request);
	if (method !== 'POST' || path !== PAYMENT_INTENTS) return { samePayment };
	const { connection, pace, signal } = reading;
	const { stripeAccount, timeoutMs } = reading.options;
	const inquiry = { connection, stripeAccount, timeoutMs, time: connection.clock, pace, signal };
	const readRequest = {
		sent: params,
		isToBeConfirmed: params.confirm === 'true' && hasPaymentMethod(params),
		lookBackMs: FORGOTTEN_SEND_MS,
	};
	return {
		samePayment,
		readEarlier: async (previousAttempts, current) =>
			requireEarlierPayments(
				await findEarlierPayments(inquiry, current, previousAttempts, readRequest),
				current,
			),
	};
}

/** @returns undefined for a request without a payment method */
function samePaymentOf(request: LedgerRequest): string | undefined {
	const { params } = request;
	if (!hasPaymentMethod(params)) return undefined;
	return fingerprintOf({ ...request, params: omitPaymentMethod(params) });
}

interface ResolvedSpend extends Pick<WriteItem, 'requestedSpend' | 'isMeasured'> {
	/** What the spend adds to the claim. */
	claim: Pick<ClaimRequest, 'token' | 'addParams' | 'readFirst' | 'readsParams' | 'mayExceedLimit'>;
}

/** Determines what the request would move. It is read last, and an amount that was read is frozen. */
export async function resolveSpend(
	{ token, request: { path, options } }: WriteRequest,
	{ spendOperation, addition, reads }: Comparison,
	{ addParams }: AttemptFields,
): Promise<ResolvedSpend> {
	if (!spendOperation) return { claim: { addParams } };
	if (isMeasured(spendOperation))
		return {
			claim: {
				addParams,
				token: token && { hash: token.hash },
				mayExceedLimit: (expectation) => mayExceedLimit(options.caps, expectation?.spend),
			},
			isMeasured: true,
		};
	const spend = { operation: spendOperation, path, params: addition.knownParams };
	const { requestedSpend, frozen } = await readRequestedSpend(spend, reads.get);
	const claim = {
		...addFrozenParams({ addParams }, frozen),
		token: token && { hash: token.hash, requestedSpend },
		mayExceedLimit: () => mayExceedLimit(options.caps, requestedSpend),
	};
	return { claim, requestedSpend };
}
