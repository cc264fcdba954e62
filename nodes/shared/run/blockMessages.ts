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
				message: 'This was reserved for a token, but the token is missing',
				nextStep: 'Pass on the token that Reserve returned, and do not try it another way.',
			};
		case 'invalid_token':
			return {
				message: 'This token was not issued by this ledger',
				nextStep:
					'Do not make up a token: call Reserve for this payment first, and pass on the token exactly as returned.',
			};
		case 'earlier_token':
			return {
				message: 'This token belongs to an earlier reservation that is no longer open',
				nextStep: 'Call Reserve again with the current values, and use the token it returns instead.',
			};
		case 'request_mismatch':
			return {
				message: `This is not what the token was issued for: ${differences
					.map(
						({ name, stored, requested: asked }) =>
							`${name} was reserved as ${stored}, but is now ${asked}`,
					)
					.join('; ')}`,
				nextStep:
					'Call it again with exactly what was reserved. For anything else, call Reserve first to get a token, if it is allowed.',
			};
		case 'waiting_for_approval':
			return {
				message: 'A person has to approve this first and has not decided yet',
				nextStep:
					'Tell the user that it is waiting for approval, call it again with the same token once it is approved, and do not reserve it again in smaller parts.',
			};
		case 'reservation_incomplete':
			return {
				message: 'The reservation was not completed, so its token is not valid yet',
				nextStep: 'Call Reserve again with the same values. It returns the same token.',
			};
		case 'payments_stopped':
			return {
				message: describeKillSwitch(killSwitch),
				nextStep: 'Tell the user that a person has to resume payments, and do not try again.',
			};
		case 'expired':
			return {
				message: `The reservation expired${reservation ? ` at ${new Date(reservation.validUntil).toISOString()}` : ''} and was not used`,
				nextStep: 'If it is still wanted, call Reserve again with the same values.',
			};
		case 'denied':
			return {
				message: `This was denied${decidedBy}`,
				nextStep: 'Tell the user that it was denied, and do not try it again or another way.',
			};
		case 'revoked':
			return {
				message: `The token was revoked${decidedBy}`,
				nextStep: 'Tell the user that a person revoked it, and do not try again.',
			};
		case 'over_limit':
			return {
				message: 'A spending limit was exceeded when this was reserved',
				nextStep: 'Tell the user, and reserve it again when the limit allows it, e.g. the next day.',
			};
		case 'cancelled':
			return {
				message: `This was canceled in the ledger${decidedBy}`,
				nextStep: 'Ask the person who canceled it. It will not be sent.',
			};
	}
}
