import type { Identity, Scope } from '../../ledger/identity/key';
import { deriveIdentity } from '../../ledger/identity/key';
import { toKeySecretMark } from '../../ledger/identity/keySecret';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import { isMeasured } from '../../payments/expectedSpend';
import type { IntentOperation } from '../../payments/intentOperations';
import { findIntentOperation } from '../../payments/intentOperations';
import { readRequestedSpend } from '../../payments/requestedSpend';
import { stepsLeaseMs } from '../../payments/steps';
import { readKeyFields } from '../shared/key/keyParameters';
import { readKeySource } from '../shared/key/keySource';
import { refuseUnstableKey } from '../shared/key/unstableKey';
import { ItemError } from '../shared/run/error';
import { requireAccount } from '../shared/stripe/requireAccount';
import type { Addition, Additions } from './additions';
import { addFrozenParams, addMeasuring, buildAdditions, prepareAddition } from './additions';
import { mayExceedLimit, CAP_LABELS } from './cap';
import { addApprovalReads } from './check/approvalReads';
import { ItemApproval } from './check/itemApproval';
import type { ItemRequest, WriteItem } from './item';
import type { ItemReading } from './itemRequest';
import { refuseAmbiguousNames, refuseForeignEntry } from './itemRequest';
import { ItemReads } from './itemReads';
import { movesNoMoney } from './movesNoMoney';
import type { ObjectKey } from './objectKey';
import { classOf, readObjectKey } from './objectKey';
import { identifyOperation } from './operationIdentity';
import type { WriteOperation } from './operations/operation';
import { methodOf } from './operations/operation';
import { refuseImplausibleTime } from './parameterFaults';
import { buildPaymentClaim, buildRenewal } from './paymentClaim';
import { refuseMismatchedParams } from './token/tokenRequest';

type WriteReading = ItemReading & { operation: WriteOperation };
/** A write whose method is known. */
type WriteRequest = WriteReading & { method: 'POST' | 'DELETE' };

/**
 * Reads a write, from its request to its claim. Each step may refuse the item before the next one reads from Stripe: token,
 * account, key, and finally what it would move.
 */
export async function readWriteItem(reading: WriteReading): Promise<WriteItem> {
	const { operation, read, token, credential, request, run } = reading;
	const { params, options, connection } = request;
	refuseAmbiguousNames(params);
	refuseForeignEntry(request);
	const method = methodOf(operation, read);
	const write = { ...reading, method };
	const comparison = await compareParams(write);
	const account = await requireAccount(request, credential.accountId, run.accounts, run.time);
	const scope = { mode: connection.mode, account };
	refuseImplausibleTime(operation, read, request);
	const { comparedParams, ...added } = buildAdditions(request, comparison.addition);
	// A multi-step operation sends nothing itself: its steps do.
	const additions = operation.takesSteps ? { comparedParams } : { comparedParams, ...added };
	const attempt = describeAttempts(write, comparison, additions);
	const { identity, objectKey } = await identifyWrite(write, scope);
	const { claim: spendClaim, ...spend } = await resolveSpend(write, comparison, attempt);
	const operationClass = classOf(operation, { params, method });
	const isTerminal = operationClass === 'terminal' && !token;
	// A model cannot start it again, and gets the existing result.
	const looksAtObject = objectKey && !reading.isTool ? (true as const) : undefined;
	const approval = buildApproval(write, comparison, { ...additions, ...spendClaim });
	const approved = options.approvedCheck ? approval?.claim : {};
	const claimed = { ...attempt, looksAtObject, ...spendClaim, ...approved };
	const claim = buildPaymentClaim(write, scope, identity, claimed);
	return {
		...request,
		kind: 'write',
		method,
		class: operationClass,
		terminal: isTerminal ? { created: objectKey?.created } : undefined,
		// The lease lasts for one step, and is extended for each.
		claim: operation.takesSteps
			? { ...claim, leaseMs: stepsLeaseMs(options, options.waitForBusyMs) }
			: claim,
		takesSteps: operation.takesSteps,
		approval,
		...spend,
	};
}

/** What a request is compared with before its claim, and what the node adds to its parameters. */
interface Comparison {
	/** Set if the amount matters: with a token, or a limit of the node. */
	spendOperation?: IntentOperation;
	addition: Addition;
	reads: ItemReads;
}

/** @throws ItemError for parameters that the token does not cover or Stripe would refuse; PreflightError */
async function compareParams(write: WriteRequest): Promise<Comparison> {
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
		`is set, but the request "${action}" does not tell how much it would move`,
		'Nothing was sent. Use an operation that names its amount, or remove the option here once a person has checked the amount.',
	);
}

type AttemptFields = Pick<
	ClaimRequest,
	| ('addParams' | 'readFirst' | 'readsParams' | 'comparedParams' | 'readEarlier')
	| ('samePayment' | 'harmless' | 'onlyOne')
>;

/** Builds the fields of a claim about its attempts. */
function describeAttempts(
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
 * Identifies the entry: by the token, the object or the key fields.
 *
 * @returns also the key derived from the object, if that is what the item is once per
 * @throws ItemError, InvalidKeyFieldError, PreflightError
 */
async function identifyWrite(
	{ context, operation, read, token, method, credential, request, run }: WriteRequest,
	scope: Scope,
): Promise<{
	identity: Identity & Pick<ClaimRequest, 'operation' | 'keySecret'>;
	objectKey?: ObjectKey;
}> {
	const { index, name, path } = request;
	if (!token) await refuseUnstableKey(context, index, run.time);
	const objectKey =
		!token && readKeySource(context, index) === 'object'
			? await readObjectKey(operation, operation.target?.(read) ?? '', { ...request, method }, run.time)
			: undefined;
	const ofOperation = { operation: identifyOperation({ name, operation }, path, read) };
	if (token) return { identity: { entryId: token.entryId, fields: [], ...ofOperation } };
	const { keySecret } = credential;
	const fields = objectKey?.fields ?? readKeyFields(context, index);
	const identity = deriveIdentity(scope, ofOperation.operation, fields, keySecret);
	return {
		objectKey,
		identity: { ...identity, ...ofOperation, keySecret: toKeySecretMark(scope, keySecret) },
	};
}

/** Builds what a person approves, if approval is required. */
function buildApproval(
	{ request, credential }: WriteRequest,
	{ addition: { objectPath }, reads }: Comparison,
	additions: Additions,
): ItemApproval | undefined {
	const { isCheckOnly, approvedCheck: check, caps } = request.options;
	if (!isCheckOnly && !check) return undefined;
	return new ItemApproval(request.connection.clock, credential.keySecret, check, (at) =>
		addApprovalReads(additions, { ...request, caps, objectPath, at }, reads),
	);
}

interface ResolvedSpend extends Pick<WriteItem, 'requestedSpend' | 'isMeasured'> {
	/** What the spend adds to the claim. */
	claim: Pick<ClaimRequest, 'token' | 'addParams' | 'readFirst' | 'readsParams' | 'mayExceedLimit'>;
}

/** Determines what the request would move. It is read last, and an amount that was read is frozen. */
async function resolveSpend(
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
