import { provenByEvidence } from '../../ledger/evidence';
import type { Time } from '../../ledger/time';
import { tracePoint } from '../../ledger/trace';
import type { Grant, SendReport } from '../../ledger/transitions';
import { sendOnce } from '../../stripe/client';
import { reconcile } from '../../stripe/reconcile';
import { sendUntilKnown } from '../../stripe/retry';
import { lastPossibleSend } from '../../stripe/sendWindow';
import { asSent, requestAsSent } from './asSent';
import { afterRefusal, clearTheWay } from './earlierPayments';
import type { Halt } from './halt';
import { unsentBecause } from './halt';
import type { Sending } from './sending';
import { unsent, unsentAfter } from './unsent';

/** What a claim has come to, and what has kept it from being sent once more. */
export type FoundByClaim = SendReport & { halt?: Halt };

/**
 * Learns what Stripe makes of the attempt that was granted: by sending, or, where a send is not safe any more, by asking.
 *
 * @param signal ends the questions and the repeats, not the request that is under way
 */
export async function findOut(
	grant: Grant,
	sending: Sending,
	time: Time,
	signal?: AbortSignal,
): Promise<FoundByClaim> {
	const { entry, reconcileFirst } = grant;
	const known = reconcileFirst ? await lookUp(grant, sending, time, signal) : undefined;
	if (known) return known;
	let halt: Halt | undefined;
	const gated = { ...sending, mayLeave: async () => (halt = await sending.halt()) === undefined };
	const inTheWay = await clearTheWay(grant, gated, time, signal);
	if (inTheWay) return halt ? { ...inTheWay, outcomes: [unsentBecause(halt)] } : inTheWay;
	const before = reconcileFirst ? ({ wasAbsent: true } as const) : {};
	const { connection, stripeAccount, timeoutMs } = sending;
	const { method, path, params } = requestAsSent({
		...entry,
		request: { ...entry.request, params: sending.params },
	});
	const send = () => {
		tracePoint('sending', entry.entryId);
		return sendOnce(connection, {
			...{ method, path, params, stripeAccount, timeoutMs, apiVersion: entry.request.apiVersion },
			idempotencyKey: entry.key,
		});
	};
	const [first, ...more] = await sendUntilKnown(send, gated, entry.leaseUntil, time, signal);
	tracePoint('answered', entry.entryId);
	if (first) {
		const outcomes = await afterRefusal(grant, [first, ...more], sending, time, signal);
		return { ...before, outcomes, sends: 1 + more.length, halt };
	}
	const outcome = halt ? unsentBecause(halt) : unsent(signal?.aborted ? 'unsent_stopped' : 'unsent_paused');
	return { ...before, outcomes: [outcome], sends: 0 };
}

/** @returns undefined where it surely has not taken effect: then it may be sent */
async function lookUp(
	{ entry, before }: Grant,
	{ connection, stripeAccount, timeoutMs, pace, params }: Sending,
	time: Time,
	signal?: AbortSignal,
): Promise<SendReport | undefined> {
	const proven = provenByEvidence(entry);
	if (proven) return { outcomes: [proven], sends: 0 };
	// The times of the sends are those before this claim.
	const sent = { ...(before ?? entry), ...{ request: { ...entry.request, params }, paramsStored: true } };
	const finding = await reconcile(
		{ connection, stripeAccount, timeoutMs, pace, time, signal },
		asSent(sent),
	);
	if (finding.kind === 'absent') return undefined;
	const outcome = finding.kind === 'found' ? finding.outcome : unsentAfter(finding);
	return { outcomes: [outcome], sends: 0, lastSentBefore: lastPossibleSend(sent) };
}
