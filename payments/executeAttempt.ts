import type { Outcome } from '../ledger/model/entry';
import { provenByEvidence } from '../ledger/model/evidence';
import type { Ledger, Settled } from '../ledger/ledger';
import type { Clock, Time } from '../ledger/clock';
import { tracePoint } from '../ledger/tracing';
import type { ClaimAnswer, Grant, SendReport } from '../ledger/rules/claim';
import { sendOnce } from '../stripe/api/client';
import { findEarlier } from '../stripe/reconcile/findEarlier';
import { reconcile } from '../stripe/reconcile/reconcile';
import { sendUntilKnown } from '../stripe/api/retry';
import { asSent, requestAsSent } from '../nodes/shared/stripe/asSent';
import { afterRefusal, clearTheWay } from './earlierPayments';
import type { Halt } from '../nodes/shared/run/halt';
import { unsentBecause } from '../nodes/shared/run/halt';
import type { Sending } from './sending';
import { absentForGood, unsent, unsentAfter, unsentUnverified } from '../nodes/shared/run/notSent';

/** What a claim has come to, and what has kept it from being sent once more. */
export type FoundByClaim = SendReport & {
	halt?: Halt;
	/** Stripe has shown it, done by somebody of whom the ledger knows nothing. */
	wasThere?: true;
};

/** What came of a claim: of the grant that was settled last, and of what was sent under it. */
export type CarriedOut =
	| { kind: 'not_granted'; claim: Exclude<ClaimAnswer, { kind: 'granted' }> }
	| { kind: 'settled'; grant: Grant; report: FoundByClaim; settled: Settled };

/** What one item needs to be carried out. */
export interface Undertaking {
	ledger: Ledger;
	claim: () => Promise<ClaimAnswer>;
	/** ms for which the outcome is remembered */
	retentionMs: number;
	/** Its connection's clock is the time of everything that is done for it. */
	sending: Sending;
	/** Ends the questions and the repeats, not the request that is under way. */
	signal?: AbortSignal;
	/** Whether Stripe is asked for the entry before anything of an attempt is sent: the ledger may have forgotten it. */
	verifyNew?: boolean;
}

/**
 * Claim → send, or look → settle. An attempt under whose key Stripe says nothing but a stored error, and which has surely had
 * no effect, is settled as such, and the next one is claimed: it is written before it is sent.
 */
export async function carryOut(undertaking: Undertaking): Promise<CarriedOut> {
	const { ledger, claim, retentionMs, signal } = undertaking;
	for (;;) {
		const answer = await claim();
		if (answer.kind !== 'granted') return { kind: 'not_granted', claim: answer };
		const { grant, report } = await findOut(answer.grant, undertaking);
		const settled = await ledger.settle(grant, report, retentionMs);
		if (isOver(report, settled) && !grant.unwritten && !signal?.aborted) continue;
		return { kind: 'settled', grant, report, settled };
	}
}

function isOver({ wasAbsent, sends }: SendReport, { entry, warning }: Settled): boolean {
	const isWritten = warning === undefined && entry.state === 'released' && !entry.doubt;
	return wasAbsent === true && sends === 0 && isWritten && entry.cause === 'replayed';
}

interface Found {
	/** As it stands now: the cause of a doubt may have been written into it. */
	grant: Grant;
	report: FoundByClaim;
}

/** Learns what Stripe makes of the attempt that was granted: by sending, or, where a send is not safe any more, by asking. */
async function findOut(grant: Grant, undertaking: Undertaking): Promise<Found> {
	const { sending, signal } = undertaking;
	const time = sending.connection.clock;
	const there = undertaking.verifyNew ? await verify(grant, sending, time, signal) : undefined;
	if (there) return { grant, report: there };
	const looked = grant.reconcileFirst ? await lookUp(grant, sending, time, signal) : { before: {} };
	return 'report' in looked ? { grant, report: looked.report } : send(grant, undertaking, looked.before);
}

async function send(grant: Grant, undertaking: Undertaking, before: Before): Promise<Found> {
	const { ledger, sending, signal } = undertaking;
	const { clock: time } = sending.connection;
	const { entry } = grant;
	let halt: Halt | undefined;
	const gated = { ...sending, mayLeave: async () => (halt = await sending.halt()) === undefined };
	const inTheWay = await clearTheWay(grant, gated, time, signal);
	if (inTheWay)
		return { grant, report: halt ? { ...inTheWay, outcomes: [unsentBecause(halt)] } : inTheWay };
	let held = grant;
	const mayRepeat = async (told: Outcome) => {
		if (told.statusCode !== 500 && told.statusCode !== 503) return true;
		const standing = await ledger.recordDoubt(held, told);
		if (standing) held = standing;
		return standing !== undefined;
	};
	const once = () => sendAttempt(grant, sending);
	const [first, ...more] = await sendUntilKnown(once, gated, entry.leaseUntil, time, signal, mayRepeat);
	tracePoint('answered', entry.entryId);
	if (first) {
		const outcomes = await afterRefusal(grant, [first, ...more], sending, time, signal);
		return { grant: held, report: { ...before, outcomes, sends: 1 + more.length, halt } };
	}
	const outcome = halt ? unsentBecause(halt) : unsent(reasonNotSent(time, signal));
	return { grant: held, report: { ...before, outcomes: [outcome], sends: 0 } };
}

function reasonNotSent(clock: Clock, signal?: AbortSignal) {
	if (signal?.aborted) return 'unsent_stopped';
	return clock.known() === undefined ? 'unsent_time_unknown' : 'unsent_paused';
}

function sendAttempt({ entry }: Grant, { connection, stripeAccount, timeoutMs, params: asked }: Sending) {
	const { method, path, params } = requestAsSent({
		...entry,
		request: { ...entry.request, params: asked },
	});
	tracePoint('sending', entry.entryId);
	const kept = { apiVersion: entry.request.apiVersion, idempotencyKey: entry.key };
	return sendOnce(connection, { method, path, params, stripeAccount, timeoutMs, ...kept });
}

/**
 * Looks for what the ledger may have forgotten: also when a claim is taken over, which may have been cut off as it looked.
 *
 * @returns undefined where Stripe shows nothing of it
 */
async function verify(
	{ entry }: Grant,
	{ connection, stripeAccount, timeoutMs, pace, params }: Sending,
	time: Time,
	signal?: AbortSignal,
): Promise<FoundByClaim | undefined> {
	const inquiry = { connection, stripeAccount, timeoutMs, pace, time, signal, until: entry.leaseUntil };
	const asked = { ...entry, ...{ request: { ...entry.request, params }, paramsStored: true } };
	const finding = await findEarlier(inquiry, asSent(asked, time.now()));
	if (finding.kind === 'absent') return undefined;
	return finding.kind === 'found'
		? { outcomes: [finding.outcome], sends: 0, wasThere: true }
		: { outcomes: [unsentUnverified(finding)], sends: 0 };
}

/** What a look has told of the sends before. */
type Before = Pick<SendReport, 'wasAbsent' | 'mayStillCome'>;

/** Nothing that keeps it from being sent, or all that is to be said now. */
type LookedUp = { before: Before } | { report: SendReport };

async function lookUp(
	{ entry, before }: Grant,
	{ connection, stripeAccount, timeoutMs, pace, params }: Sending,
	time: Time,
	signal?: AbortSignal,
): Promise<LookedUp> {
	const proven = provenByEvidence(entry);
	if (proven) return { report: { outcomes: [proven], sends: 0 } };
	// The times of the sends are those before this claim.
	const sent = { ...(before ?? entry), ...{ request: { ...entry.request, params }, paramsStored: true } };
	const inquiry = { connection, stripeAccount, timeoutMs, pace, time, signal, until: entry.leaseUntil };
	const finding = await reconcile(inquiry, asSent(sent, time.now()));
	if (finding.kind !== 'absent') {
		const outcome = finding.kind === 'found' ? finding.outcome : unsentAfter(finding);
		return { report: { outcomes: [outcome], sends: 0 } };
	}
	// Its key gives nothing but the stored error: it has to be a new attempt.
	if (entry.cause === 'replayed')
		return { report: { outcomes: [absentForGood], sends: 0, wasAbsent: true } };
	return { before: finding.mayComeUntil === undefined ? { wasAbsent: true } : { mayStillCome: true } };
}
