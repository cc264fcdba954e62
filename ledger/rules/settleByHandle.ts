import type { Entry, InFlightEntry, OutcomeKind } from '../model/entry';
import { keyOfAttempt } from '../identity/key';
import type { SendReport, SettleDecision } from './claim';
import { isHeldBy, settle } from './claim';

/** What a claim hands out, so that whoever did the work can say later what came of it. */
export interface ClaimHandle {
	entryId: string;
	fence: number;
	/** Empty where a person speaks for a claim that nobody holds any more. */
	holder: string;
	attempt: number;
}

const PREFIX = 'claim_';

/** One opaque word that survives a copy through any node. */
export function writeHandle({ entryId, fence, attempt, ...entry }: Entry): string {
	const holder = 'holder' in entry ? entry.holder : '';
	const parts = JSON.stringify([entryId, fence, holder, attempt]);
	return `${PREFIX}${Buffer.from(parts, 'utf8').toString('base64url')}`;
}

/** @returns undefined for what is no handle */
export function readHandle(text: string): ClaimHandle | undefined {
	const word = text.trim();
	if (!word.startsWith(PREFIX)) return undefined;
	const [entryId, fence, holder, attempt] = partsOf(word.slice(PREFIX.length));
	const isWhole =
		typeof entryId === 'string' &&
		/^v1_[\w-]{43}$/.test(entryId) &&
		typeof holder === 'string' &&
		isCount(fence) &&
		isCount(attempt);
	return isWhole ? { entryId, fence, holder, attempt } : undefined;
}

function partsOf(encoded: string): unknown[] {
	try {
		const parts: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
		return Array.isArray(parts) ? parts : [];
	} catch {
		return [];
	}
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && Number(value) > 0;
}

export type HandleDecision =
	/** To be written. */
	| Exclude<SettleDecision, { kind: 'restored' }>
	/** The same was said before under this claim: nothing is left to do. */
	| { kind: 'already'; entry: Entry }
	/** Another claim, or another word of this one, stands, and what is said now is kept beside it already. */
	| { kind: 'known'; entry: Entry };

/** What each word of the holder leaves behind, when nothing is in doubt. */
const STATE_OF_WORD: Partial<Record<OutcomeKind, Entry['state']>> = {
	succeeded: 'succeeded',
	rejected: 'rejected',
	unreachable: 'released',
};

/**
 * What came of a claim, said under its handle: by the rules of every settle. A handle of an earlier claim overwrites
 * nothing. An unknown entry may still be told what came of its last claim: that is how the unknown becomes known.
 */
export function settleByHandle(
	standing: Entry,
	handle: ClaimHandle,
	report: SendReport,
	now: number,
	retentionMs: number,
): HandleDecision {
	const [said] = report.outcomes;
	const isLastClaim = standing.fence === handle.fence;
	if (isLastClaim && standing.state === STATE_OF_WORD[said.kind])
		return { kind: 'already', entry: standing };
	const held = isLastClaim && standing.state === 'unknown' ? heldAgain(standing, handle) : undefined;
	const entry = held ?? claimedBy(standing, handle);
	const isHeard = standing.evidence?.some(
		({ fence, outcome }) => fence === handle.fence && outcome.kind === said.kind,
	);
	if (isHeard && !held && !isHeldBy(standing, entry)) return { kind: 'known', entry: standing };
	const decision = settle(held ?? standing, { entry, reconcileFirst: false }, report, now, retentionMs);
	// Only an answer of Stripe about its own keys puts back what stood before; no such word comes with a handle.
	if (decision.kind === 'restored') throw new RangeError(`${said.kind} cannot be said of a claim`);
	return decision;
}

/** The claim as it was granted, as far as the handle and the entry tell. */
function claimedBy(standing: Entry, { fence, holder, attempt }: ClaimHandle): InFlightEntry {
	if (standing.state === 'in_flight' && standing.fence === fence && standing.holder === holder)
		return standing;
	const key = keyOfAttempt(standing.entryId, attempt);
	return { ...inFlight(standing), fence, holder, attempt, key, doubt: false };
}

/** Nobody holds an unknown entry; its last claim may take it up once more, to say what came of it. */
function heldAgain(standing: Entry, { holder }: ClaimHandle): InFlightEntry {
	return { ...inFlight(standing), holder };
}

function inFlight(standing: Entry): InFlightEntry {
	const {
		outcome: _outcome,
		settledAt: _settledAt,
		cancellation: _cancellation,
		...facts
	} = everything(standing);
	return { ...facts, state: 'in_flight', leaseUntil: 0, holder: '' };
}

/** What only some states have is there, or undefined. */
function everything(entry: Entry) {
	return { outcome: undefined, settledAt: undefined, cancellation: undefined, ...entry };
}
