import type { Entry } from '../../../ledger/model/entry';
import type { Difference } from '../../../ledger/model/request';
import type { KillSwitch } from '../../../ledger/model/row';
import type { BlockReason } from '../../../ledger/rules/token';
import { describeKillSwitch } from '../../../payments/halt';

/** What stands in the way, and what to do instead: read by people, and by models that have to go on from there: of two sentences a model follows one. */
export function describeBlock(
	reason: BlockReason,
	{
		entry,
		differences = [],
		killSwitch,
	}: { entry?: Entry; differences?: readonly Difference[]; killSwitch?: KillSwitch } = {},
): { message: string; nextStep: string } {
	const { reservation } = entry ?? {};
	const decidedBy =
		entry?.state === 'cancelled' && entry.cancellation?.decidedBy
			? ` by ${entry.cancellation.decidedBy}`
			: '';
	switch (reason) {
		case 'token_required':
			return {
				message: 'This was reserved for a token, and came without one',
				nextStep: 'Pass on the token that Reserve has given, and do not try it another way.',
			};
		case 'invalid_token':
			return {
				message: 'This is no token that this ledger has given',
				nextStep:
					'Do not make up a token: call Reserve for this payment first, and pass on the token that it returns, letter by letter.',
			};
		case 'earlier_token':
			return {
				message: 'This token is of an earlier reservation, which is over',
				nextStep:
					'Call Reserve again with the values that are wanted now, and use the token that it returns instead of this one.',
			};
		case 'request_mismatch':
			return {
				message: `This is not what the token was given for: ${differences
					.map(
						({ name, stored, requested: asked }) =>
							`${name} was reserved as ${stored}, now it is ${asked}`,
					)
					.join('; ')}`,
				nextStep:
					'Call it again with exactly what was reserved, or, for anything else, call Reserve first, which gives a token for that if it is allowed.',
			};
		case 'waiting_for_approval':
			return {
				message: 'A person has to approve this first, and has not decided yet',
				nextStep:
					'Tell the user that it waits for approval, call it again with the same token when it is approved, and do not reserve it again in smaller parts.',
			};
		case 'reservation_incomplete':
			return {
				message: 'The reservation was not finished, so its token is not good yet',
				nextStep: 'Call Reserve again with the same values: it gives the same token.',
			};
		case 'payments_stopped':
			return {
				message: describeKillSwitch(killSwitch),
				nextStep: 'Tell the user that a person has to lift the stop, and do not try again.',
			};
		case 'expired':
			return {
				message: `The reservation ended${reservation ? ` at ${new Date(reservation.validUntil).toISOString()}` : ''} and was not used`,
				nextStep: 'If it is still wanted, call Reserve again with the same values.',
			};
		case 'denied':
			return {
				message: `This was denied${decidedBy}`,
				nextStep: 'Tell the user that it was denied, and do not try again, nor in another way.',
			};
		case 'revoked':
			return {
				message: `The token was revoked${decidedBy}`,
				nextStep: 'Tell the user that a person has taken it back, and do not try again.',
			};
		case 'over_limit':
			return {
				message: 'A limit left no room for this when it was reserved',
				nextStep:
					'Tell the user, and reserve it again when the limit has room, e.g. on the next day.',
			};
		case 'cancelled':
			return {
				message: `This was stopped in the ledger${decidedBy}`,
				nextStep: 'Ask the person who stopped it: it is not sent while it stays stopped.',
			};
	}
}
