import { NOT_EXECUTED_AFTER_MS } from '../../ledger/rules/uncertainty';
import type { Entry } from '../../ledger/model/entry';
import { isLeaseExpired } from '../../ledger/model/entryStatus';
import type { Batch } from './batch';
import type { Decision } from './operations';
import { OPERATIONS, isEffectOf } from './operations';

/** Stripe's events are trusted for 29 of their 30 days; ten minutes are what clocks may differ by. */
const EVENTS_TRUSTED_MS = 29 * 86_400_000 - 600_000;

/** What is true of one decision: what stands in the ledger, and what happened in Stripe. */
export interface Truth {
	decision: Decision;
	entry?: Entry;
	/** The objects on which it had its effect; the same one twice, where it had it twice. */
	effects: string[];
}

export async function loadTruths(batch: Batch): Promise<Truth[]> {
	const entries = new Map((await batch.entries()).map((entry) => [entry.entryId, entry]));
	const events = batch.stripe.happened();
	return batch.decisions.map((decision) => ({
		decision,
		entry: entries.get(decision.entryId),
		effects: events
			.filter((event) => isEffectOf(event, decision))
			.map(({ data: { object } }) => object.id),
	}));
}

/** What is wrong with a decision that everything was tried for; undefined for nothing. */
export function findProblem({ decision, entry, effects }: Truth, now: number): string | undefined {
	if (effects.length > 1 && !isHarmlessTwice({ decision, entry, effects })) return 'it was done twice';
	const [done] = effects;
	const state = entry && isLeaseExpired(entry, now) ? 'unknown' : entry?.state;
	switch (state) {
		case 'succeeded': {
			const messages = entry?.state === 'succeeded' ? entry.outcome.objectId : undefined;
			if (done === undefined) return 'the ledger says that it was done, and it was not';
			return messages !== undefined && effects.includes(messages)
				? undefined
				: `the ledger says that it was done to ${messages}, not to ${done}`;
		}
		case 'rejected':
			if (done !== undefined) return 'the ledger says that it was rejected, and it was done';
			return isToBeDeclined(decision) ? undefined : 'it was rejected, and nobody had a reason to';
		case 'unknown':
			return whyNotUnknown({ decision, entry, effects }, now);
		case 'in_flight':
		case 'released':
		case 'reserved':
		case 'cancelled':
		case undefined:
			return `it is ${state ?? 'not in the ledger'}, and was not driven to its end`;
	}
}

/** What was created without any charge counts as absent after an hour: what Stripe finishes later moves nothing. */
function isHarmlessTwice({ decision, entry, effects }: Truth): boolean {
	const isFinishedLate = decision.scenario.sends.some(
		(fault) => fault?.kind === 'rollForward' && (fault.delayMs ?? 0) > NOT_EXECUTED_AFTER_MS.shed,
	);
	return entry?.harmless === 'create' && effects.length === 2 && isFinishedLate;
}

/** The same where the registry alone was at work: it knows no items, so what is not stored has to wait for the workflow. */
export function findRegistryProblem(truth: Truth, now: number): string | undefined {
	const { decision, entry, effects } = truth;
	if (effects.length > 1) return findProblem(truth, now);
	const [done] = effects;
	// The process died before its claim: nobody but the workflow knows of it.
	if (!entry) return done && 'it was done, and the ledger knows nothing of it';
	if (decision.scenario.isStored) return findProblem(truth, now);
	if (entry.state === 'released') {
		return done ? 'the ledger says that it was not done, and it was' : undefined;
	}
	if (entry.state !== 'unknown') return findProblem(truth, now);
	return done && !isHiddenWithoutParameters(truth, now) ? whyNotUnknown(truth, now) : undefined;
}

/** Nobody knows whether an intent was to be confirmed at once, and a change is told by its event only. */
function isHiddenWithoutParameters({ decision, entry }: Truth, now: number): boolean {
	if (decision.kind === 'intent') return true;
	return decision.kind === 'changedCustomer' && (isForgotten(entry, now) || isDoneByStripeItself(decision));
}

/** Why it must not be unknown at rest; undefined where nobody could know. */
function whyNotUnknown({ decision, entry, effects: [done] }: Truth, now: number): string | undefined {
	const isForgottenByNow = isForgotten(entry, now);
	if (done !== undefined) {
		// What is done stands in Stripe's lists for ever; only what is in none is found by its event alone.
		const canBeFound = !isKnownByEventAlone(decision);
		const isHidden = isForgottenByNow || isDoneByStripeItself(decision);
		return canBeFound || !isHidden ? `it is unknown, and Stripe shows ${done}` : undefined;
	}
	// That nothing was done is proven by two sources, of which events are one.
	return isForgottenByNow || OPERATIONS[decision.kind].isKnownByKeyAlone
		? undefined
		: 'it is unknown, and Stripe shows that it was not done';
}

/** Its last item has to say what stands in the ledger, and, where that is nothing certain, where a person is to look. */
export function findItemProblem({ decision: { result }, entry }: Truth): string | undefined {
	const { through, json } = result ?? {};
	if (entry?.state === 'succeeded')
		return through === 0 ? undefined : 'it was done, and did not leave through Success';
	if (entry?.state === 'rejected')
		return through === 1 ? undefined : 'it was rejected, and did not leave through Fix';
	if (through !== 2) return 'it is unknown, and did not leave through Retry';
	return json?.error.message.includes('https://dashboard.stripe.com/test/')
		? undefined
		: 'it is unknown, and nobody is told where to look';
}

/** What the ledger keeps no parameters of has to wait for the workflow, which may come too late. */
export function isLostForGood({ decision, entry }: Truth): boolean {
	const { isStored } = decision.scenario;
	return entry?.state === 'unknown' && isStored && !OPERATIONS[decision.kind].isKnownByKeyAlone;
}

function isKnownByEventAlone({ kind, scenario }: Decision): boolean {
	return (
		OPERATIONS[kind].isKnownByKeyAlone === true || (kind === 'changedCustomer' && scenario.isOverwritten)
	);
}

/** Stripe keeps events for 30 days: then it cannot be proven any more that nothing was done. */
function isForgotten(entry: Entry | undefined, now: number): boolean {
	return now - (entry?.firstSentAt ?? now) > EVENTS_TRUSTED_MS;
}

/** Then its events name no key. */
function isDoneByStripeItself({ scenario }: Decision): boolean {
	return scenario.sends.some((fault) => fault?.byStripe);
}

function isToBeDeclined({ kind, scenario }: Decision): boolean {
	return scenario.isDeclined && OPERATIONS[kind].charges === true;
}
