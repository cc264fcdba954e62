import type { Entry, Outcome } from '../ledger/model/entry';
import { deriveCancelKey } from '../ledger/rules/renewal';
import { sentParamsOf } from '../ledger/model/request';
import { tracePoint } from '../ledger/tracing';
import type { Grant } from '../ledger/rules/grant';
import type { SendReport } from '../ledger/rules/settle';
import type { EarlierPaymentState } from '../stripe/reconcile/earlierPayment';
import { cancelPayment, readPayment } from '../stripe/reconcile/earlierPayment';
import { describeDifferences } from './parameterLabels';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext } from './attemptRequest';
import { buildNotSent } from './notSent';

type SendOutcomes = [Outcome, ...Outcome[]];

/**
 * Resolves the payments of earlier attempts before anything of a new attempt is sent: cancels each, so that it can never be
 * charged, or finds that it was paid meanwhile as requested. Checks that a payment to confirm again still matches the request.
 *
 * @returns undefined if the attempt may be sent
 */
export async function resolveEarlierPayments(
	grant: Grant,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<SendReport | undefined> {
	const { entry } = grant;
	const { cancels = [], confirms } = entry.renewal ?? {};
	const context = toQueryContext(attempt, signal, entry.leaseUntil);
	const intendedParams = sentParamsOf({ ...entry.request, params: attempt.params });
	for (const payment of cancels) {
		tracePoint('cancelling', entry.entryId);
		const {
			leaseUntil,
			request: { apiVersion },
		} = entry;
		const cancelRequest = {
			...attempt,
			leaseUntil,
			apiVersion,
			idempotencyKey: deriveCancelKey(entry, payment),
		};
		const state = await cancelPayment(context, payment.id, intendedParams, cancelRequest);
		tracePoint('cancelled', entry.entryId);
		if (state.kind === 'cancelled') continue;
		// Nothing of this attempt can have been sent while one of them is not cancelled.
		const wasSent = state.kind === 'stripe_unavailable' && wasPossiblySent(entry);
		return toReport(toOutcome(payment.id, state), wasSent);
	}
	if (!confirms) return undefined;
	const state = await readPayment(context, confirms.id, intendedParams);
	if (state.kind === 'open' && state.differences.length === 0) return undefined;
	return toReport(toOutcome(confirms.id, state), wasPossiblySent(entry));
}

/**
 * Reads a payment that Stripe refused to confirm again because of its state. That state decides.
 *
 * @param outcomes one per send
 */
export async function reviewRejection(
	{ entry }: Grant,
	outcomes: SendOutcomes,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<SendOutcomes> {
	const confirms = entry.renewal?.confirms;
	const last = outcomes.at(-1);
	if (!confirms || last?.kind !== 'rejected' || last.code !== 'payment_intent_unexpected_state')
		return outcomes;
	const params = sentParamsOf({ ...entry.request, params: attempt.params });
	const state = await readPayment(toQueryContext(attempt, signal), confirms.id, params);
	// If it is open or cancelled, it was not confirmed, as Stripe's response says.
	if (state.kind === 'open' || state.kind === 'cancelled') return outcomes;
	return [...outcomes, rejectIfImpossible(toOutcome(confirms.id, state))];
}

/** By an earlier claim, or before a pause. */
function wasPossiblySent({ mayHaveExecuted, sends }: Entry): boolean {
	return mayHaveExecuted || sends > 0;
}

/** Returns what the state of an earlier payment means for the attempt that waits for it. */
function toOutcome(id: string, state: EarlierPaymentState): Outcome {
	switch (state.kind) {
		case 'paid': {
			if (state.differences.length === 0) return state.outcome;
			const { currency } = state.outcome.body ?? {};
			const bothCurrencies =
				typeof currency === 'string' ? { stored: currency, requested: currency } : {};
			const message = `${id}: ${describeDifferences(state.differences, bothCurrencies)}`;
			return { ...buildNotSent('earlier_mismatch', message), objectId: id };
		}
		case 'processing':
			return { ...buildNotSent('earlier_processing', id), objectId: id };
		case 'stripe_unavailable':
			return { ...buildNotSent('earlier_stripe_unavailable', `${id}: ${state.reason}`), objectId: id };
		case 'open':
		case 'cancelled':
			return { ...buildNotSent('earlier_changed', id), objectId: id };
	}
}

/** If nothing of the attempt was sent, the entry is rolled back to its previous state. */
function toReport(outcome: Outcome, wasSent: boolean): SendReport {
	if (outcome.kind === 'succeeded') return { outcomes: [outcome], sends: 0 };
	if (wasSent) return { outcomes: [rejectIfImpossible(outcome)], sends: 0 };
	return { outcomes: [outcome], sends: 0, isHeldBack: true };
}

/** Stripe may know the attempt's key by now: an attempt that can no longer succeed is closed, and a new one follows. */
function rejectIfImpossible(outcome: Outcome): Outcome {
	const isOver = outcome.code === 'earlier_mismatch' || outcome.code === 'earlier_changed';
	return isOver ? { ...outcome, kind: 'rejected' } : outcome;
}
