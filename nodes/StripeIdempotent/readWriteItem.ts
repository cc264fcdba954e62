import { randomUUID } from 'node:crypto';

import type { Identity, Scope } from '../../ledger/identity/key';
import { deriveIdentity } from '../../ledger/identity/key';
import { toKeySecretMark } from '../../ledger/identity/keySecret';
import type { LedgerRequest } from '../../ledger/model/request';
import { fingerprintOf } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import { stepsLeaseMs } from '../../payments/steps';
import { redactParams, redactSecrets } from '../../stripe/api/redact';
import { leaseDurationMs } from '../../stripe/api/retry';
import { resolveAfterRejection } from '../shared/key/afterRejection';
import { readKeyFields } from '../shared/key/keyParameters';
import { readKeySource } from '../shared/key/keySource';
import { refuseUnstableKey } from '../shared/key/unstableKey';
import { readOrigin } from '../shared/run/origin';
import { requireAccount } from '../shared/stripe/requireAccount';
import type { Additions } from './additions';
import { buildAdditions } from './additions';
import type { AttemptFields, Comparison, WriteRequest } from './attemptFields';
import { compareParams, describeAttempts, resolveSpend } from './attemptFields';
import { addApprovalReads } from './check/approvalReads';
import { ItemApproval } from './check/itemApproval';
import type { ItemRequest, WriteItem } from './item';
import type { ItemReading } from './itemRequest';
import { refuseAmbiguousNames, refuseForeignEntry } from './itemRequest';
import type { ObjectKey } from './objectKey';
import { classOf, readObjectKey } from './objectKey';
import { identifyOperation } from './operationIdentity';
import type { WriteOperation } from './operations/operation';
import { methodOf } from './operations/operation';
import { ItemReads } from './itemReads';
import { refuseOtherTarget } from './onlyCustomer';
import { refuseImplausibleTime } from './parameterFaults';

/**
 * Reads a write, from its request to its claim. Each step may refuse the item before the next one reads from Stripe: token,
 * account, key, and finally what it would move.
 */
export async function readWriteItem(
	reading: ItemReading & { operation: WriteOperation },
): Promise<WriteItem> {
	const { operation, read, token, credential, request, run } = reading;
	const { params, options, connection } = request;
	refuseAmbiguousNames(params);
	refuseForeignEntry(request);
	const method = methodOf(operation, read);
	const write = { ...reading, method };
	await refuseOtherTarget(request, new ItemReads(request, run.time).get);
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
	const looksAtObject = objectKey && !reading.isByModel ? (true as const) : undefined;
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

/** Fields that the ledger sets itself, or that belong to other claims: a repeat, a delivery, or another API. */
type FieldOfOthers =
	| ('preread' | 'hasWaited' | 'isRepeat' | 'renewsVersion')
	| ('whenUncertain' | 'isByHostTime' | 'ledgerBeganAt' | 'isDelivery');

/** Lists every other field, so that none is forgotten. */
type PaymentClaim = {
	[K in keyof Required<Omit<ClaimRequest, FieldOfOthers>>]: ClaimRequest[K];
};

/** Builds the claim of one item: its request as it is stored, and the durations of its lease and its entry. */
function buildPaymentClaim(
	{ context, request, method }: WriteRequest,
	{ mode, account }: Scope,
	identity: Identity & Pick<ClaimRequest, 'operation' | 'keySecret'>,
	attempt: AttemptFields & Pick<ClaimRequest, 'looksAtObject' | 'token' | 'mayExceedLimit' | 'approval'>,
): ClaimRequest {
	const { index, options, path, params } = request;
	const { afterRejection, byPerson } = resolveAfterRejection(context, options.afterRejection);
	return {
		mode,
		account,
		entryId: identity.entryId,
		operation: identity.operation,
		fields: redactSecrets(identity.fields),
		timeIndex: identity.timeIndex,
		keySecret: identity.keySecret,
		fingerprint: fingerprintOf({ method, path, params }),
		request: toStoredRequest(request, method),
		paramsStored: options.storeParameters,
		addParams: attempt.addParams,
		readFirst: attempt.readFirst,
		readsParams: attempt.readsParams,
		comparedParams: attempt.comparedParams,
		readEarlier: attempt.readEarlier,
		samePayment: attempt.samePayment,
		harmless: attempt.harmless,
		onlyOne: attempt.onlyOne,
		mayExceedLimit: attempt.mayExceedLimit,
		looksAtObject: attempt.looksAtObject,
		token: attempt.token,
		approval: attempt.approval,
		claimId: randomUUID(),
		leaseMs: leaseDurationMs(options),
		retentionMs: options.retentionMs,
		settleAfterMs: options.settleMs,
		afterRejection,
		byPerson,
		origin: readOrigin(context, index),
	} satisfies PaymentClaim;
}

function toStoredRequest(
	{ options, path, params }: ItemRequest,
	method: LedgerRequest['method'],
): LedgerRequest {
	const { apiVersion, stripeAccount, storeParameters } = options;
	const account = stripeAccount ? { stripeAccount } : {};
	return {
		method,
		path,
		apiVersion,
		...account,
		params: storeParameters ? redactParams(path, params) : {},
	};
}
