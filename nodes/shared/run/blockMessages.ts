import type { Entry } from '../../../ledger/model/entry';
import type { Difference } from '../../../ledger/model/request';
import type { Stop } from '../../../ledger/model/entry';
import type { BarrierReason } from '../../../ledger/rules/token';

/** What stands in the way, and what to do instead: read by people, and by models that have to go on from there: of two sentences a model follows one. */
export function barrierWords(
	reason: BarrierReason,
	{
		entry,
		differences = [],
		stop,
	}: { entry?: Entry; differences?: readonly Difference[]; stop?: Stop } = {},
): { what: string; nextStep: string } {
	const { reservation } = entry ?? {};
	const by = entry?.state === 'cancelled' && entry.cancellation?.by ? ` by ${entry.cancellation.by}` : '';
	switch (reason) {
		case 'token_required':
			return {
				what: 'This was reserved for a token, and came without one',
				nextStep: 'Pass on the token that Reserve has given, and do not try it another way.',
			};
		case 'foreign_token':
			return {
				what: 'This is no token that this ledger has given',
				nextStep:
					'Do not make up a token: call Reserve for this payment first, and pass on the token that it returns, letter by letter.',
			};
		case 'earlier_token':
			return {
				what: 'This token is of an earlier reservation, which is over',
				nextStep:
					'Call Reserve again with the values that are wanted now, and use the token that it returns instead of this one.',
			};
		case 'not_as_reserved':
			return {
				what: `This is not what the token was given for: ${differences
					.map(({ name, stored, asked }) => `${name} was reserved as ${stored}, now it is ${asked}`)
					.join('; ')}`,
				nextStep:
					'Call it again with exactly what was reserved, or, for anything else, call Reserve first, which gives a token for that if it is allowed.',
			};
		case 'waiting_for_approval':
			return {
				what: 'A person has to approve this first, and has not decided yet',
				nextStep:
					'Tell the user that it waits for approval, call it again with the same token when it is approved, and do not reserve it again in smaller parts.',
			};
		case 'not_held':
			return {
				what: 'The reservation was not finished, so its token is not good yet',
				nextStep: 'Call Reserve again with the same values: it gives the same token.',
			};
		case 'stopped':
			return stopWords(stop);
		case 'ended':
			return {
				what: `The reservation ended${reservation ? ` at ${new Date(reservation.endsAt).toISOString()}` : ''} and was not used`,
				nextStep: 'If it is still wanted, call Reserve again with the same values.',
			};
		case 'denied':
			return {
				what: `This was denied${by}`,
				nextStep: 'Tell the user that it was denied, and do not try again, nor in another way.',
			};
		case 'revoked':
			return {
				what: `The token was revoked${by}`,
				nextStep: 'Tell the user that a person has taken it back, and do not try again.',
			};
		case 'over_limit':
			return {
				what: 'A limit left no room for this when it was reserved',
				nextStep:
					'Tell the user, and reserve it again when the limit has room, e.g. on the next day.',
			};
		case 'cancelled':
			return {
				what: `This was stopped in the ledger${by}`,
				nextStep: 'Ask the person who stopped it: it is not sent while it stays stopped.',
			};
	}
}

const STOPPED = {
	tokens: 'All payments by token',
	everything: 'All writes that this ledger guards',
};

function stopWords(stop: Stop | undefined): { what: string; nextStep: string } {
	const what = STOPPED[stop?.width ?? 'tokens'];
	return {
		what: stop ? `${what} were stopped by ${stop.by}: ${stop.reason}` : `${what} are stopped`,
		nextStep: 'Tell the user that a person has to lift the stop, and do not try again.',
	};
}
