import { getResendDeadline } from '../../../ledger/rules/uncertainty';
import type { EntryFacts } from '../entries';
import { buildEntry, THEN } from '../entries';
import { DAY, HOUR } from '../requests';

const SENT = { createdAt: THEN - HOUR, firstSentAt: THEN, lastSentAt: THEN + 5 * HOUR };
const v2 = { request: { method: 'POST', path: '/v2/core/accounts', params: {} } } as const;

describe('a request that may have been sent can be resent safely until', () => {
	it.each<[string, EntryFacts, number]>([
		['23 hours after its first send', { state: 'unknown', mayHaveExecuted: true }, THEN + 23 * HOUR],
		[
			'29 days after the first send for API v2',
			{ state: 'unknown', mayHaveExecuted: true, ...v2 },
			THEN + 29 * DAY,
		],
		['the same time, while another run holds it', { state: 'in_flight' }, THEN + 23 * HOUR],
		[
			'the same time, if Stripe limited the rate',
			{ state: 'released', outcome: { kind: 'rate_limited' } },
			THEN + 23 * HOUR,
		],
		[
			'the same time, if it became uncertain after it was released',
			{ state: 'released', outcome: { kind: 'unreachable' }, mayHaveExecuted: true },
			THEN + 23 * HOUR,
		],
		[
			'23 hours after it was created, if no send is known',
			{ state: 'unknown', mayHaveExecuted: true, firstSentAt: undefined, lastSentAt: undefined },
			THEN + 22 * HOUR,
		],
	])('%s', (_howLong, facts, until) => {
		expect(getResendDeadline(buildEntry({ ...SENT, ...facts }))).toBe(until);
	});
});

it.each<EntryFacts>([
	{ state: 'released', outcome: { kind: 'unreachable' } },
	{ state: 'rejected' },
	{ state: 'reserved' },
	{ state: 'cancelled' },
])('if nothing of the attempt can have been sent, there is no such time: %j', (facts) => {
	expect(getResendDeadline(buildEntry({ ...SENT, ...facts }))).toBeUndefined();
});
