import { kindOf } from '../../../ledger/model/entryFacts';
import type { Entry } from '../../../ledger/model/entry';
import type { Settled } from '../../../ledger/ledger';
import { sentParams } from '../../../ledger/model/request';
import type { ClaimAnswer, ClaimRequest } from '../../../ledger/rules/claim';
import { retentionOf } from '../../../ledger/rules/withoutClaim';
import { leaseMs } from '../../../stripe/api/retry';
import { barrierWords } from '../../shared/run/blockMessages';
import type { FoundByClaim } from '../../../payments/executeAttempt';
import { carryOut } from '../../../payments/executeAttempt';
import { barrierOf, haltCheck, warningOf, wordsOfHalt } from '../../shared/run/halt';
import { movedWarning } from '../../shared/run/movedWarning';
import type { Sending } from '../../../payments/sending';
import { wordsOfUnsent } from '../../shared/run/notSent';
import { departure as leaving } from '../../shared/run/result';
import { getObject } from '../../StripeIdempotent/readOperation';
import { spendingOf } from '../../StripeIdempotent/token/requestedSpend';
import type { Departure } from '../output/result';
import { answered, refused } from '../output/result';
import { whatOf } from '../output/describeEntry';
import type { Item } from '../item';
import { beingSent, notRetried, ofOtherMode, wasRejected, whyNot } from './retryRefusals';
import { numberOf, requestsPerSecond, SECOND_MS } from '../options';
import { ASKING, StripeOfItem } from './stripeAccess';
import { oneEntryOf } from './findEntry';
import { entryItem } from './entryView';
import {
	alsoReleasedProperty,
	findByProperties,
	limitProperties,
	shownFor,
	simplifyProperty,
} from './parameters';
import { retryAllDue } from './retryDue';
import type { Operation } from '../operation';

const WHICH = ['one', 'due'] as const;

export const retry: Operation = {
	value: 'retry',
	name: 'Retry',
	action: 'Retry an entry',
	description: 'Send what is unknown or was not done again, as it stands in the ledger, with the same key',
	decidedByPeople: {
		rule: 'What stands in the ledger is sent again by a person or a workflow',
		waits: 'waits to be retried (to pay with a token, call the payment tool again with the same token)',
	},
	outputs: ['success', 'clientError', 'serverError', 'refused'],
	needsStripe: true,
	progress: 'retried',
	properties: [
		{
			displayName: 'Which',
			name: 'which',
			type: 'options',
			options: [
				{
					name: 'All That Is Due',
					value: 'due',
					description: 'All that is unknown, however old. Those longest not tried first.',
				},
				{ name: 'One Thing', value: 'one', description: 'The one entry that leads to it' },
			],
			default: 'one',
		},
		...shownFor('which', 'one', findByProperties),
		...shownFor('which', 'due', [alsoReleasedProperty, ...limitProperties]),
		simplifyProperty,
	],
	options: [
		numberOf('maxRetries', 'How often a send without a clear answer is repeated'),
		requestsPerSecond,
		numberOf('timeoutSeconds', 'How long to wait for one answer of Stripe'),
	],
	execute: async (item) => {
		if (item.read.choice('which', WHICH) === 'due') return retryAllDue(item, inTurn);
		const entry = await oneEntryOf(item);
		return 'kind' in entry ? entry : inTurn(item, entry);
	},
};

/** Two that lead to one entry: the second finds what has come of the first. */
function inTurn(item: Item, entry: Entry): Promise<Departure> {
	return item.run.turns.take(entry.entryId, () => retried(item, entry));
}

async function retried(item: Item, entry: Entry): Promise<Departure> {
	if (entry.state === 'succeeded') return done(item, entry);
	const why = whyNot(entry, item.now());
	if (why) return why;
	const stripe = (await StripeOfItem.of(item)).for(entry);
	if (!stripe) return ofOtherMode(entry);
	const { method, path, params } = entry.request;
	const timeoutMs = item.read.optionNumber('timeoutSeconds') * SECOND_MS;
	const maxRetries = item.read.optionNumber('maxRetries');
	const ledger = await item.ledger(stripe.connection.clock);
	const isByToken = entry.reservation !== undefined;
	const halt = haltCheck(ledger, { isByToken, reliesOnStripe: async () => false });
	const sending = { ...stripe, method, path, params, timeoutMs, maxRetries, pace: item.pace(), halt };
	const asked = { ...claimOf(item, entry, sending), ...(await tokenOf(item, entry, sending)) };
	const { signal } = item.run;
	const claim = () => ledger.claim(asked, 0, signal);
	const carried = await carryOut({ ledger, claim, retentionMs: retentionOf(entry), sending, signal });
	if (carried.kind === 'not_granted') return leavesByClaim(item, carried.claim);
	return leavesSettled(item, carried.settled, carried.report);
}

function leavesSettled(
	item: Item,
	{ outcome, entry, warning: unkept }: Settled,
	report: FoundByClaim,
): Departure {
	const warnings = [unkept, warningOf(report.halt), movedWarning(entry)].filter(Boolean);
	const warning = warnings.length > 0 ? warnings.join(' ') : undefined;
	if (outcome.kind === 'succeeded') return done(item, entry, warning);
	const words = { ...wordsOfUnsent(outcome), ...wordsOfHalt(outcome) };
	const { output, message, nextStep, retryable } = leaving(outcome, words);
	const reason = outcome.declineCode ?? outcome.code;
	return refused({
		...(barrierOf(outcome) !== undefined
			? ({ output: 'clientError', outcome: 'blocked', reason: 'stopped' } as const)
			: {
					output: output === 'clientError' ? 'clientError' : 'serverError',
					...{ outcome: outcome.kind, reason },
				}),
		...{ message, nextStep, retryable, entry },
		facts: {
			...{ statusCode: outcome.statusCode ?? null, requestId: outcome.requestId ?? null },
			...{ adviceCode: outcome.adviceCode ?? null, objectId: outcome.objectId ?? null },
		},
		idempotency: warning === undefined ? {} : { warning },
	});
}

function done(item: Item, entry: Entry, warning?: string): Departure {
	const facts = entryItem(entry, item.now(), item.read.flag('simplify'));
	return answered('success', { ...facts, ...(warning === undefined ? {} : { warning }) });
}

/** The request as it stands in the ledger, for the decision that was made then: where it came from stays too. */
function claimOf(item: Item, entry: Entry, policy: Sending): ClaimRequest {
	const { entryId, operation, fields, mode, account, fingerprint, origin } = entry;
	const { samePayment, harmless, settleMs } = entry;
	const { stripeAccount: _before, ...request } = entry.request;
	const { stripeAccount } = policy;
	return {
		...{ entryId, operation, fields, mode, account, fingerprint, origin },
		...{ samePayment, harmless, settleMs },
		request: { ...request, ...(stripeAccount === undefined ? {} : { stripeAccount }) },
		paramsStored: true,
		holder: item.newHolder(),
		leaseMs: leaseMs(policy),
		retentionMs: retentionOf(entry),
		afterRejection: 'returnStored',
		isRepeat: true,
	};
}

/**
 * What was reserved is not paid around its reservation: an approval, an end and the kill switch hold here too, and what the
 * request would move by now is looked at once more, as at the payment itself.
 *
 * @throws NotSent where Stripe does not show the object
 */
async function tokenOf(item: Item, entry: Entry, sending: Sending): Promise<Pick<ClaimRequest, 'token'>> {
	const { reservation, request } = entry;
	if (!reservation) return {};
	const { connection, stripeAccount, timeoutMs, maxRetries, path } = sending;
	const { apiVersion = ASKING.apiVersion } = request;
	const asking = { connection, options: { timeoutMs, maxRetries, apiVersion, stripeAccount } };
	const { spending } = await spendingOf({ name: kindOf(entry), path, params: sentParams(request) }, (of) =>
		getObject(asking, of, item.run.time),
	);
	return { token: { hash: reservation.tokenHash, spending } };
}

function leavesByClaim(item: Item, claim: Exclude<ClaimAnswer, { kind: 'granted' }>): Departure {
	switch (claim.kind) {
		case 'replay':
			return done(item, claim.entry);
		case 'stored_rejection':
			return wasRejected(claim.entry);
		case 'busy':
			return beingSent(claim.entry);
		case 'conflict':
		case 'in_doubt':
			return notRetried(
				claim.entry,
				'changed',
				`Something else was asked for under this (${whatOf(claim.entry)}) meanwhile`,
				'Look it up again, and decide anew.',
			);
		case 'blocked': {
			const { what, nextStep } = barrierWords(claim.reason, claim);
			return notRetried(claim.entry, claim.reason, what, nextStep);
		}
	}
}
