import { differencesFromAdopted } from './adoption';
import {
	causeBefore,
	causeIn,
	causeOf,
	isKnownTime,
	lastPossibleSend,
	mustLookFirst,
	worstOf,
} from './doubt';
import type {
	DoubtCause,
	Entry,
	Evidence,
	Harmless,
	InFlightEntry,
	Origin,
	Outcome,
	OutcomeKind,
	PastAttempt,
	Renewal,
	ReservedEntry,
	SettledEntry,
	Stop,
} from '../model/entry';
import { provenByEvidence } from '../model/evidence';
import type { CanonicalField, Scope, TimelineRef } from '../identity/key';
import { keyOfAttempt } from '../identity/key';
import type { KeySecretMark } from '../identity/keySecret';
import { isLeaseOver, isOfTheFuture } from '../model/entryStatus';
import { pastAttemptOf } from '../model/pastAttempt';
import type { Difference, LedgerRequest, Params } from '../model/request';
import { differences } from '../model/request';
import type { SeenPayment } from './renewal';
import { earlierPaymentsOf, heldBack, renewalOf, renewedAgain } from './renewal';
import { DO_NOT_TRY_AGAIN } from './reservation';
import type { Barrier, BarrierReason, Presented } from './token';
import { barrierTo, comparedSpending } from './token';
import { firstVersion } from '../model/version';

const KEPT_EVIDENCE = 10;
const KEPT_PAST_ATTEMPTS = 20;

/** What a claim asks for. */
export interface ClaimRequest extends Scope {
	entryId: string;
	operation: string;
	fields: CanonicalField[];
	timeline?: TimelineRef;
	/** Under which key secret `entryId` was derived; absent where no credential of Stripe has a part in it. */
	keySecret?: KeySecretMark;
	fingerprint: string;
	request: LedgerRequest;
	paramsStored: boolean;
	/** What a new attempt adds to the request by itself; a repeat sends what stands in the entry. See `LedgerRequest.added`. */
	adds?: (entryId: string) => Params;
	/** Where a new attempt has to know something of Stripe before it is claimed: reads it. Nothing else is ever read for. */
	readFirst?: (standing: Entry | undefined) => Promise<ReadFirst>;
	/**
	 * Where a declined attempt leaves a payment behind: reads what Stripe shows of those of earlier attempts. None of a new
	 * attempt is claimed without it.
	 */
	readEarlier?: (past: readonly PastAttempt[], standing: Entry) => Promise<SeenPayment[]>;
	/**
	 * Hash of the request without what it is paid with: another request with the same one asks for the same payment. Undefined
	 * for what does not say with what to pay.
	 */
	samePayment?: string;
	/** What was read, and for which version of the entry: for another one it has to be read anew. */
	read?: ReadFirst & { version: number | undefined; earlier?: SeenPayment[] };
	/** What is held against an adopted entry, of which no request is known. Never stored. */
	compared?: Params;
	/** Unique to this claim, so that a claim whose acknowledgement was lost is known as one's own. */
	holder: string;
	/** ms; must outlast the slowest possible send loop. */
	leaseMs: number;
	/** ms */
	retentionMs: number;
	/** What a standing rejection means: give it back, or begin a new attempt. */
	afterRejection: 'returnStored' | 'newAttempt';
	/** Whether a person has begun it: only a person may try again what a bank has said not to try again. */
	byPerson?: boolean;
	/** Only what stands is to be sent again: where another request has come since, nothing new begins with the old one. */
	isRepeat?: true;
	/** As the table of operations says of it. */
	harmless?: Harmless;
	/** ms after the last send until absence is believed, where the user wants more than the three days of the worst causes. */
	settleMs?: number;
	/**
	 * What a repeat rests on where an earlier send may have taken effect: on what Stripe remembers and shows, on another
	 * API that knows a key for so many ms, or on nothing, so that a person has to find out.
	 */
	inDoubt?: { kind: 'repeat'; forMs: number } | { kind: 'stop' };
	/** Its times are the host's: see `EntryFacts`. */
	isByHostTime?: true;
	/** It is no write, but an event that is delivered to n8n: the kill switch lets it pass. */
	isDelivery?: true;
	/** The token that the claim comes with, and what it is to be used for. */
	token?: Presented;
	origin: Origin;
}

/** What a new attempt had to know of Stripe. */
export interface ReadFirst {
	/** Takes the place of the claim's own. */
	adds?: ClaimRequest['adds'];
}

export interface Grant {
	entry: InFlightEntry;
	/** What stood before the claim: Stripe's own "conflict" puts it back. */
	before?: Entry;
	/** The key may have been forgotten by Stripe, or is ignored by it: find out what happened before any send. */
	reconcileFirst: boolean;
	/** The request as this claim sends it, where an earlier one was sent for another account, as the entry's still tells. */
	ofAnother?: LedgerRequest;
	/** The store could not be written: the user relies on Stripe alone. */
	unwritten?: true;
}

export type ClaimDecision =
	| { kind: 'granted'; grant: Grant }
	| { kind: 'busy'; entry: InFlightEntry }
	| { kind: 'replay'; entry: SettledEntry }
	| { kind: 'stored_rejection'; entry: SettledEntry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	/** It may have been done, and nothing makes a repeat safe. */
	| { kind: 'in_doubt'; entry: Entry }
	| ({ kind: 'blocked'; entry?: Entry } & Barrier)
	| Unread;

/** A decision that stands: whatever had to be read for it was read. */
export type ClaimAnswer = Exclude<ClaimDecision, Unread>;

/** A new attempt would begin, and what it has to know was not read for this entry as it stands. */
export interface Unread {
	kind: 'unread';
	standing: Entry | undefined;
	/** The attempts before it that were rejected, where what they have left behind is asked for. */
	past: PastAttempt[];
}

/**
 * The one table of claims. A granted entry is still to be written.
 *
 * @param stop the kill switch, where it is pulled: nothing is granted, and what needs no send is answered all the same
 */
export function claim(
	standing: Entry | undefined,
	asked: ClaimRequest,
	now: number,
	stop?: Stop,
): ClaimDecision {
	const decision = decide(standing, asked, now);
	if (!stop || !mightBeSent(decision)) return decision;
	return { kind: 'blocked', reason: 'stopped', entry: standing, stop };
}

/** What stands is told whatever the time is. */
export function needsNoTime({ kind, ...decision }: ClaimDecision): boolean {
	if (kind === 'blocked') return !('reason' in decision && DEPENDS_ON_TIME.has(decision.reason));
	return kind === 'replay' || kind === 'stored_rejection' || kind === 'conflict';
}

const DEPENDS_ON_TIME: ReadonlySet<BarrierReason> = new Set(['waiting_for_approval', 'not_held', 'ended']);

/** Also later, when what it waits for has come: then the stop is what has to be told first. */
function mightBeSent(decision: ClaimDecision): boolean {
	if (decision.kind === 'blocked') return DEPENDS_ON_TIME.has(decision.reason);
	return decision.kind === 'granted' || decision.kind === 'unread';
}

function decide(standing: Entry | undefined, asked: ClaimRequest, now: number): ClaimDecision {
	const barrier = barrierTo(standing, asked, now);
	if (barrier) return { kind: 'blocked', ...barrier };
	if (!standing) return firstAttempt(asked, now);
	const same = isSameRequest(standing, asked);
	// A token is used once: however the second request is worded, it is answered with what came of the first.
	if (asked.token && standing.state === 'succeeded') return { kind: 'replay', entry: standing };
	if (asked.token && standing.state === 'rejected' && !provenByEvidence(standing))
		return { kind: 'stored_rejection', entry: standing };
	if (asked.isRepeat && !same) return conflict(standing, asked);
	// A late answer under this very key proved that it took effect, whatever was written since: nothing new may begin.
	if (standing.state !== 'in_flight' && standing.state !== 'succeeded' && provenByEvidence(standing)) {
		return same ? sameAttempt(standing, standing, asked, now) : conflict(standing, asked);
	}
	switch (standing.state) {
		case 'in_flight':
			if (!same) return conflict(standing, asked);
			// Time alone frees nothing: a claim whose lease is over may have sent. It goes on under the same key.
			if (!isLeaseOver(standing, now)) return { kind: 'busy', entry: standing };
			// No Stripe can be looked at, so when it was done nobody knows: a person decides.
			if (standing.isByHostTime && isOfTheFuture(standing, now))
				return { kind: 'in_doubt', entry: standing };
			return repeated(abandoned(standing), standing, asked, now);
		case 'unknown':
			return same ? repeated(standing, standing, asked, now) : conflict(standing, asked);
		case 'succeeded':
			return same ? { kind: 'replay', entry: standing } : conflict(standing, asked);
		case 'rejected':
			return (same && !mayTryAgain(standing, asked)) || isForbidden(standing, asked)
				? { kind: 'stored_rejection', entry: standing }
				: nextAttempt(standing, asked, now);
		case 'released':
			// Under its key Stripe says nothing but the error that it has stored.
			if (same && standing.cause === 'replayed' && !standing.doubt)
				return nextAttempt(standing, asked, now);
			if (same) return sameAttempt(standing, standing, asked, now);
			// A claim that relied on Stripe alone may have sent it after all: then its key must not be left behind.
			return standing.doubt ? conflict(standing, asked) : nextAttempt(standing, asked, now);
		case 'reserved':
			return sameAttempt(standing, standing, asked, now);
		case 'cancelled':
			return { kind: 'blocked', entry: standing, reason: standing.cancellation?.reason ?? 'cancelled' };
	}
}

/** The same key once more, where something makes that safe. */
function repeated(known: Entry, standing: Entry, asked: ClaimRequest, now: number): ClaimDecision {
	const { inDoubt } = asked;
	const { firstSentAt } = known;
	const isSafe =
		inDoubt?.kind === 'repeat'
			? isKnownTime(firstSentAt, now) && now - firstSentAt < inDoubt.forMs
			: !inDoubt;
	return isSafe ? sameAttempt(known, standing, asked, now) : { kind: 'in_doubt', entry: standing };
}

/** Tries of one and the same run (Retry On Fail, a twin in the batch) are no new decision of anybody. */
function mayTryAgain(standing: Entry, asked: ClaimRequest): boolean {
	const sameRun = asked.origin.run !== undefined && asked.origin.run === standing.origin.run;
	return asked.afterRejection === 'newAttempt' && !sameRun;
}

/**
 * A try of what its bank has said not to try again costs a fee (docs.stripe.com/declines/card#retrying-issuer-declines): no
 * automation begins one, unless it is paid with something else, and nothing but that has changed.
 */
function isForbidden(standing: SettledEntry, asked: ClaimRequest): boolean {
	if (standing.outcome.adviceCode !== DO_NOT_TRY_AGAIN || asked.byPerson === true) return false;
	const { fingerprint, samePayment } = standing;
	const isPaidOtherwise =
		samePayment !== undefined && samePayment === asked.samePayment && fingerprint !== asked.fingerprint;
	return !isPaidOtherwise;
}

function abandoned(standing: InFlightEntry): InFlightEntry {
	return { ...standing, doubt: true, cause: causeOf(standing), sends: standing.sends + 1 };
}

function isSameRequest(standing: Entry, asked: ClaimRequest): boolean {
	if (standing.fingerprint === asked.fingerprint) return true;
	return standing.adopted !== undefined && differencesOf(standing, asked).length === 0;
}

function conflict(entry: Entry, asked: ClaimRequest): ClaimDecision {
	return { kind: 'conflict', entry, differences: differencesOf(entry, asked) };
}

/** None where the entry keeps nothing to compare with, although the fingerprints differ. */
function differencesOf({ adopted, paramsStored, request }: Entry, asked: ClaimRequest): Difference[] {
	if (adopted) return differencesFromAdopted(adopted.params, asked.compared ?? {});
	return paramsStored ? differences(request, asked.request) : [];
}

/** What a new attempt has to know, where that is still to be read, or was read for what does not stand any more. */
function unread(
	{ readFirst, readEarlier, read }: ClaimRequest,
	standing: Entry | undefined,
	past: readonly PastAttempt[] = [],
): Unread | undefined {
	if (read !== undefined && read.version === standing?.version) return undefined;
	// What was released was not executed, so it has left nothing behind.
	const left = readEarlier ? past.filter(({ outcome }) => outcome.kind === 'rejected') : [];
	return readFirst || left.length > 0 ? { kind: 'unread', standing, past: left } : undefined;
}

function firstAttempt(asked: ClaimRequest, now: number): ClaimDecision {
	const missing = unread(asked, undefined);
	if (missing) return missing;
	const { entryId, operation, fields, mode, account } = asked;
	return granted(asked, now, {
		...{ entryId, version: firstVersion(asked.holder), operation, fields, mode, account },
		...{ attempt: 1, fence: 1, createdAt: now, sends: 0, doubt: false },
	});
}

function sameAttempt(known: Entry, standing: Entry, asked: ClaimRequest, now: number): ClaimDecision {
	if (standing.state === 'reserved') return reservedAttempt(standing, asked, now);
	const { evidence, past, firstSentAt, sends, doubt, attempt, renewal, samePayment } = known;
	const cause = causeBefore(known);
	const { grant } = granted(
		asked,
		now,
		{
			...carriedOn(standing),
			...{ attempt, sends, doubt, firstSentAt: doubt ? firstSentAt : undefined },
			...{ evidence, past, ...(cause ? { cause } : {}) },
			...(renewal ? { renewal } : {}),
			...(samePayment === undefined ? {} : { samePayment }),
		},
		standing,
	);
	const { apiVersion = asked.request.apiVersion, stripeAccount } = standing.request;
	const { added } = standing.request;
	// Stripe does not say whether it knows the key of an account's own request again when it comes from a platform.
	const isByAnother = doubt && asked.request.stripeAccount !== stripeAccount;
	// The stored API version goes with the stored key: a package update must not change what the key means to Stripe.
	const request = { ...asked.request, apiVersion, ...(added ? { added } : {}) };
	if (!isByAnother) return { kind: 'granted', grant: { ...grant, entry: { ...grant.entry, request } } };
	const entry = { ...grant.entry, request: { ...request, stripeAccount } };
	return { kind: 'granted', grant: { ...grant, entry, reconcileFirst: true, ofAnother: request } };
}

function nextAttempt(standing: SettledEntry, asked: ClaimRequest, now: number): ClaimDecision {
	const past = [...(standing.past ?? []), pastAttemptOf(standing)].slice(-KEPT_PAST_ATTEMPTS);
	const missing = unread(asked, standing, past);
	if (missing) return missing;
	return granted(
		asked,
		now,
		{
			...carriedOn(standing),
			...{ attempt: standing.attempt + 1, sends: 0, doubt: false },
			...{ evidence: standing.evidence, past },
			...renewing(standing, past, asked),
		},
		standing,
	);
}

/** What was reserved has sent nothing yet: its request comes with this claim. */
function reservedAttempt(standing: ReservedEntry, asked: ClaimRequest, now: number): ClaimDecision {
	const { attempt, sends, doubt, evidence, past } = standing;
	const missing = unread(asked, standing, past);
	if (missing) return missing;
	return granted(
		asked,
		now,
		{
			...carriedOn(standing),
			...{ attempt, sends, doubt, evidence, past },
			...renewing(standing, past ?? [], asked),
		},
		standing,
	);
}

function renewing(
	standing: SettledEntry | ReservedEntry,
	past: readonly PastAttempt[],
	{ samePayment, read, isRepeat }: ClaimRequest,
): { renewal?: Renewal } {
	// What is sent again as it stands in the ledger begins as it began before: nothing was read for it.
	const renewal = isRepeat
		? renewedAgain(standing)
		: renewalOf(standing, past, samePayment, read?.earlier ?? []);
	return renewal ? { renewal } : {};
}

function carriedOn({
	entryId,
	operation,
	fields,
	mode,
	account,
	createdAt,
	version,
	fence,
	reservation,
}: Entry) {
	return {
		...{ entryId, operation, fields, mode, account, createdAt },
		...{ version: version + 1, fence: fence + 1 },
		...(reservation ? { reservation } : {}),
	};
}

type GrantedFacts = Omit<
	InFlightEntry,
	| ('state' | 'key' | 'fingerprint' | 'request' | 'paramsStored' | 'origin')
	| ('holder' | 'grantedAt' | 'leaseUntil' | 'lastSentAt' | 'expiresAt')
	| ('harmless' | 'settleMs' | 'isByHostTime')
>;

function granted(asked: ClaimRequest, now: number, facts: GrantedFacts, before?: Entry) {
	const { reservation } = facts;
	const { harmless, settleMs } = asked;
	const repeated = asked.isRepeat ? before?.request.added : undefined;
	const added = repeated ?? (asked.read?.adds ?? asked.adds)?.(facts.entryId);
	const entry: InFlightEntry = {
		...facts,
		...(reservation && asked.token
			? { reservation: { ...reservation, used: comparedSpending(before, asked.token.spending).amount } }
			: {}),
		state: 'in_flight',
		key: keyOfAttempt(facts.entryId, facts.attempt),
		fingerprint: asked.fingerprint,
		request: added ? { ...asked.request, added } : asked.request,
		paramsStored: asked.paramsStored,
		...(asked.samePayment === undefined ? {} : { samePayment: asked.samePayment }),
		origin: asked.origin,
		...(asked.isByHostTime ? { isByHostTime: true } : {}),
		...(harmless ? { harmless } : {}),
		...(settleMs === undefined ? {} : { settleMs }),
		holder: asked.holder,
		grantedAt: now,
		// Each earlier payment is taken out of the way by sends of its own.
		leaseUntil: now + asked.leaseMs * (1 + earlierPaymentsOf(facts).length),
		// The claim comes before the send, so the key is at most this old at Stripe. What is not known stays so.
		firstSentAt: facts.doubt ? facts.firstSentAt : now,
		lastSentAt: now,
		expiresAt: now + asked.retentionMs,
	};
	return { kind: 'granted', grant: { entry, before, reconcileFirst: mustLookFirst(entry, now) } } as const;
}

/** What a send loop reports: what each send told, in order. The last one decides, unless an earlier one is in doubt. */
export interface SendReport {
	outcomes: readonly [Outcome, ...Outcome[]];
	/** How many requests left with the key; none when the outcome was found out by reconciling. */
	sends: number;
	/** Nothing of the attempt was sent: an earlier payment is in its way, so the entry goes back to what it was before. */
	isHeldBack?: true;
	/** Stripe shows that no earlier send of the attempt took effect, or will: only those of this claim count. */
	wasAbsent?: true;
	/** It was sent again, as that does no harm, although an earlier send may still take effect: a refusal may be its work. */
	mayStillCome?: true;
}

/** `outcome` is the send loop's, weighed: what the item is told. `entry` is what is to be written. */
export type SettleDecision = { outcome: Outcome } & (
	| { kind: 'settled'; entry: SettledEntry }
	/** Nothing of this claim is left: the entry stands as it stood before, or is removed where none stood. */
	| { kind: 'restored'; entry: Entry | undefined }
	/** Another has taken over: the outcome is kept beside, and overwrites nothing. */
	| { kind: 'late'; entry: Entry }
);

/** What an outcome makes of an entry, when no send of the attempt is in doubt. */
const STATE_AFTER: Record<Exclude<OutcomeKind, 'conflict'>, SettledEntry['state']> = {
	succeeded: 'succeeded',
	rejected: 'rejected',
	unauthorized: 'released',
	rate_limited: 'released',
	unreachable: 'released',
	busy: 'unknown',
	unknown: 'unknown',
};

/** After these a send may have taken effect without our knowing. */
const IN_DOUBT: ReadonlySet<OutcomeKind> = new Set(['unknown', 'busy']);

/**
 * Whether this is Stripe's last word on a key: then it holds whatever happened to earlier sends of that key. A DELETE has no
 * key: "no such object" may well be the work of the earlier send whose answer was lost.
 */
function isLastWord({ kind }: Outcome, { method }: LedgerRequest, { mayStillCome }: SendReport): boolean {
	return kind === 'succeeded' || (kind === 'rejected' && method !== 'DELETE' && !mayStillCome);
}

/** Writes an outcome into the entry that stands, or says why it may not. `retentionMs` counts from now. */
export function settle(
	standing: Entry | undefined,
	grant: Grant,
	report: SendReport,
	now: number,
	retentionMs: number,
): SettleDecision {
	const { entry } = grant;
	const isHeld = !standing || isHeldBy(standing, entry);
	const known = isHeld ? (standing ?? entry) : entry;
	// Evidence that came in during the claim may have put the key in doubt again.
	const isAbsentBefore =
		report.wasAbsent === true && known.version === entry.version && entry.request.method !== 'DELETE';
	const doubt = (known.doubt && !isAbsentBefore) || report.outcomes.some(({ kind }) => IN_DOUBT.has(kind));
	// Where an earlier payment is in the way, nothing of this attempt was ever sent: nothing is in doubt.
	const told = weigh(report, doubt && !report.isHeldBack, entry.request);
	const outcome = isHeld ? proven(standing, told) : told;
	if (!isHeld) return late(standing, entry, outcome, now);
	if (report.isHeldBack && entry.renewal && outcome === told) {
		const { version, evidence } = known;
		return { kind: 'restored', outcome, entry: heldBack({ ...entry, version, evidence }, entry.renewal) };
	}
	if (outcome.kind === 'conflict') return restored(grant, standing, outcome);
	const { holder: _holder, leaseUntil: _leaseUntil, grantedAt, renewal, ...facts } = entry;
	const state = STATE_AFTER[outcome.kind];
	const isOpen = state === 'unknown' || state === 'released';
	const cause = causeAfter(known, grant, report);
	return {
		kind: 'settled',
		outcome,
		entry: {
			...facts,
			...(cause ? { cause } : {}),
			evidence: known.evidence,
			request: isAbsentBefore ? (grant.ofAnother ?? entry.request) : entry.request,
			// What had no effect left no trace at Stripe: the key is as old as this claim.
			firstSentAt: isAbsentBefore ? (grantedAt ?? entry.lastSentAt) : knownTime(known.firstSentAt, now),
			// How the attempt begins matters as long as it may be sent.
			...(renewal && isOpen ? { renewal } : {}),
			state,
			version: known.version + 1,
			sends: entry.sends + report.sends,
			doubt: doubt && !isLastWord(outcome, entry.request, report),
			lastSentAt: hasBegunWork(report) ? now : lastSentBefore(grant, now),
			expiresAt: now + retentionMs,
			outcome,
			settledAt: now,
		},
	};
}

/** Whether a send of this claim may have begun any work: one that was answered by a replay has not, and a look is no send. */
function hasBegunWork({ outcomes, sends }: SendReport): boolean {
	return sends > 0 && outcomes.some(({ cause }) => cause !== 'replayed');
}

/** To look is not to send: otherwise each look would begin the time anew in which Stripe may still finish it. */
function lastSentBefore({ entry, before }: Grant, now: number): number | undefined {
	return before?.key === entry.key ? lastPossibleSend(before, now) : entry.lastSentAt;
}

/** What a wrong clock has written is not known: then a look comes before any send. */
function knownTime(at: number | undefined, now: number): number | undefined {
	return isKnownTime(at, now) ? at : undefined;
}

/** The worst over all sends; a look adds nothing. Without the ledger nobody knows what else was sent. */
function causeAfter(known: Entry, grant: Grant, { outcomes, sends }: SendReport): DoubtCause | undefined {
	if (sends === 0) return known.cause;
	const causes = outcomes.filter(({ kind }) => IN_DOUBT.has(kind)).map(({ cause }) => causeIn(cause));
	return worstOf(
		known.cause,
		...causes,
		grant.unwritten && causes.length > 0 ? causeIn(undefined) : undefined,
	);
}

/**
 * Writes down why it is not known what came of a send, before it is sent again: whoever goes on after this process need not
 * think of anything better.
 *
 * @returns undefined where the claim is another's by now: then nothing more may be sent
 */
export function inDoubtMeanwhile(
	standing: Entry | undefined,
	{ entry }: Grant,
	{ cause }: Outcome,
	now: number,
): InFlightEntry | undefined {
	if (!standing || !isHeldBy(standing, entry)) return undefined;
	return {
		...standing,
		version: standing.version + 1,
		doubt: true,
		cause: worstOf(standing.cause, causeIn(cause)),
		lastSentAt: cause === 'replayed' ? standing.lastSentAt : now,
	};
}

/**
 * One send in doubt makes the whole attempt unknown until Stripe's last word on its key: a 401 or a refused connection
 * after a timeout says nothing about the request that timed out.
 */
function weigh(report: SendReport, doubt: boolean, request: LedgerRequest): Outcome {
	const { outcomes } = report;
	const last = outcomes[outcomes.length - 1] ?? outcomes[0];
	const stands = !doubt || isLastWord(last, request, report) || last.kind === 'busy';
	return stands ? last : { ...last, kind: 'unknown' };
}

/** What others have heard of this very key meanwhile is true, whatever the sends of this claim told. */
function proven(standing: Entry | undefined, told: Outcome): Outcome {
	if (!standing || told.kind === 'succeeded' || told.kind === 'conflict') return told;
	return provenByEvidence(standing) ?? told;
}

/** Whether the entry that stands is still the one that this claim was granted. */
export function isHeldBy(standing: Entry, held: InFlightEntry): standing is InFlightEntry {
	return standing.state === 'in_flight' && standing.fence === held.fence && standing.holder === held.holder;
}

function restored({ entry, before }: Grant, standing: Entry | undefined, outcome: Outcome): SettleDecision {
	if (!before || !standing) return { kind: 'restored', outcome, entry: undefined };
	return {
		kind: 'restored',
		outcome,
		entry: {
			...before,
			version: standing.version + 1,
			fence: entry.fence,
			evidence: standing.evidence,
		},
	};
}

function late(standing: Entry, held: InFlightEntry, outcome: Outcome, now: number): SettleDecision {
	const evidence = [...(standing.evidence ?? []), { fence: held.fence, key: held.key, outcome, at: now }];
	return {
		kind: 'late',
		// Whoever comes late, and may not know himself, is told what is known by now.
		outcome: standing.state === 'succeeded' && standing.key === held.key ? standing.outcome : outcome,
		entry: {
			...standing,
			...doubtAfter(standing, held, outcome),
			version: standing.version + 1,
			evidence: newest(evidence),
		},
	};
}

/** The newest ones; a proof of success is never pushed out by what proves nothing. */
export function newest(evidence: readonly Evidence[]): Evidence[] {
	const surplus = evidence.length - KEPT_EVIDENCE;
	const first = evidence.findIndex(({ outcome }) => outcome.kind !== 'succeeded');
	return surplus > 0 ? evidence.filter((_, index) => index !== Math.max(first, 0)) : [...evidence];
}

/** A send of this very key that may have taken effect: from now on the key is no older than that, and in doubt. */
function doubtAfter(
	{ state, key, doubt, cause, firstSentAt }: Entry,
	held: InFlightEntry,
	outcome: Outcome,
): Pick<Entry, 'doubt' | 'cause' | 'firstSentAt'> {
	const isOver = state === 'succeeded' || state === 'rejected';
	const mayHaveTakenEffect = outcome.kind === 'succeeded' || IN_DOUBT.has(outcome.kind);
	if (isOver || key !== held.key || !mayHaveTakenEffect) return { doubt, cause, firstSentAt };
	const times = [firstSentAt, held.firstSentAt].filter((at) => at !== undefined);
	const worst = worstOf(cause, causeIn(outcome.cause));
	return { doubt: true, cause: worst, firstSentAt: Math.min(...times) };
}
