import { randomUUID } from 'node:crypto';

import type { Identity, Scope } from '../../ledger/identity/key';
import type { LedgerRequest } from '../../ledger/model/request';
import { fingerprintOf } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import { FORGOTTEN_SEND_MS } from '../../ledger/rules/uncertainty';
import { redactParams, redactSecrets } from '../../stripe/api/redact';
import type { ReadRequest } from '../../stripe/api/reads';
import { leaseDurationMs } from '../../stripe/api/retry';
import { hasPaymentMethod, omitPaymentMethod } from '../../stripe/objects/confirmParams';
import { PAYMENT_INTENTS } from '../../stripe/reconcile/earlierPayment';
import { findEarlierPayments } from '../../stripe/reconcile/findEarlierPayments';
import { resolveAfterRejection } from '../shared/key/afterRejection';
import { readOrigin } from '../shared/run/origin';
import { requireEarlierPayments } from '../shared/stripe/earlierPayments';
import type { ItemRequest } from './item';
import type { ItemReading } from './itemRequest';

/** Fields that the ledger sets itself, or that belong to other claims: a repeat, a delivery, or another API. */
type FieldOfOthers =
	| ('preread' | 'hasWaited' | 'isRepeat' | 'renewsVersion')
	| ('whenUncertain' | 'isByHostTime' | 'isDelivery');

/** Lists every other field, so that none is forgotten. */
type PaymentClaim = {
	[K in keyof Required<Omit<ClaimRequest, FieldOfOthers>>]: ClaimRequest[K];
};

type AttemptFields =
	| ('addParams' | 'readFirst' | 'readsParams' | 'comparedParams' | 'readEarlier' | 'samePayment')
	| 'harmless'
	| ('looksAtObject' | 'token' | 'onlyOne' | 'mayExceedLimit' | 'approval');

/** Builds the claim of one item: its request as it is stored, and the durations of its lease and its entry. */
export function buildPaymentClaim(
	{ context, request, method }: ItemReading & { method: 'POST' | 'DELETE' },
	{ mode, account }: Scope,
	identity: Identity & Pick<ClaimRequest, 'operation' | 'keySecret'>,
	attempt: Pick<ClaimRequest, AttemptFields>,
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

/**
 * Builds what a claim needs so that the payment of an earlier attempt is never paid in addition to a new one. Only payments that
 * the entry created itself are cancelled. Confirm acts on a payment that somebody else created.
 */
export function buildRenewal({
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
