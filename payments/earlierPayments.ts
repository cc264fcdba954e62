import type { Entry, Outcome } from '../ledger/model/entry';
import { cancelKey } from '../ledger/rules/renewal';
import { sentParams } from '../ledger/model/request';
import type { Time } from '../ledger/clock';
import { tracePoint } from '../ledger/tracing';
import type { Grant, SendReport } from '../ledger/rules/claim';
import type { PaymentState } from '../stripe/reconcile/earlierPayment';
import { cancelPayment, readPayment } from '../stripe/reconcile/earlierPayment';
import { differenceWords } from '../nodes/shared/run/describeDifferences';
import type { Sending } from './sending';
import { unsent } from '../nodes/shared/run/notSent';

type Sent = [Outcome, ...Outcome[]];

/**
 * Before anything of a new attempt is sent, the payments of earlier attempts are out of the way: each is cancelled, so that it
 * makes no charge any more, or it is what was asked for, and paid by now. The one that is to be confirmed again still is what
 * is asked for.
 *
 * @returns undefined where the attempt may be sent
 */
export async function clearTheWay(
	grant: Grant,
	sending: Sending,
	time: Time,
	signal?: AbortSignal,
): Promise<SendReport | undefined> {
	const { entry } = grant;
	const { cancels = [], confirms } = entry.renewal ?? {};
	const inquiry = { ...sending, time, signal };
	const sent = sentParams({ ...entry.request, params: sending.params });
	for (const payment of cancels) {
		tracePoint('cancelling', entry.entryId);
		const {
			leaseUntil,
			request: { apiVersion },
		} = entry;
		const cancelling = { ...sending, leaseUntil, apiVersion, idempotencyKey: cancelKey(entry, payment) };
		const state = await cancelPayment(inquiry, payment.id, sent, cancelling);
		tracePoint('cancelled', entry.entryId);
		if (state.kind === 'cancelled') continue;
		// As long as one is not cancelled, nothing of the attempt can have been sent, whoever held it before.
		const isSent = state.kind === 'not_answered' && mayHaveBeenSent(entry);
		return reportOf(meaningOf(payment.id, state), isSent);
	}
	if (!confirms) return undefined;
	const state = await readPayment(inquiry, confirms.id, sent);
	if (state.kind === 'open' && state.differences.length === 0) return undefined;
	return reportOf(meaningOf(confirms.id, state), mayHaveBeenSent(entry));
}

/**
 * Stripe has refused to confirm a declined payment again, because of its state: that state decides.
 *
 * @param sent what each send told
 */
export async function afterRefusal(
	{ entry }: Grant,
	sent: Sent,
	sending: Sending,
	time: Time,
	signal?: AbortSignal,
): Promise<Sent> {
	const confirms = entry.renewal?.confirms;
	const last = sent.at(-1);
	if (!confirms || last?.kind !== 'rejected' || last.code !== 'payment_intent_unexpected_state')
		return sent;
	const params = sentParams({ ...entry.request, params: sending.params });
	const state = await readPayment({ ...sending, time, signal }, confirms.id, params);
	// Where it is open, or cancelled, it is as Stripe says: it has not been confirmed.
	if (state.kind === 'open' || state.kind === 'cancelled') return sent;
	return [...sent, onceSent(meaningOf(confirms.id, state))];
}

/** By a claim before this one, or by this entry's claims before a pause. */
function mayHaveBeenSent({ doubt, sends }: Entry): boolean {
	return doubt || sends > 0;
}

/** What the state of an earlier payment means for the attempt that waits for it. */
function meaningOf(id: string, state: PaymentState): Outcome {
	switch (state.kind) {
		case 'paid': {
			if (state.differences.length === 0) return state.outcome;
			const { currency } = state.outcome.body ?? {};
			const both = typeof currency === 'string' ? { stored: currency, asked: currency } : {};
			const message = `${id}: ${differenceWords(state.differences, both)}`;
			return { ...unsent('earlier_paid_otherwise', message), objectId: id };
		}
		case 'processing':
			return { ...unsent('earlier_processing', id), objectId: id };
		case 'not_answered':
			return { ...unsent('earlier_not_answered', `${id}: ${state.reason}`), objectId: id };
		case 'open':
		case 'cancelled':
			return { ...unsent('earlier_changed', id), objectId: id };
	}
}

/** Where nothing of the attempt was sent, the entry goes back to what it was before it. */
function reportOf(outcome: Outcome, isSent: boolean): SendReport {
	if (outcome.kind === 'succeeded') return { outcomes: [outcome], sends: 0 };
	if (isSent) return { outcomes: [onceSent(outcome)], sends: 0 };
	return { outcomes: [outcome], sends: 0, isHeldBack: true };
}

/** The attempt's key may be known to Stripe by now: what cannot come of it any more is over, and another attempt follows. */
function onceSent(outcome: Outcome): Outcome {
	const isOver = outcome.code === 'earlier_paid_otherwise' || outcome.code === 'earlier_changed';
	return isOver ? { ...outcome, kind: 'rejected' } : outcome;
}
