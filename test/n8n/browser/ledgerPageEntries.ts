import type { Entry } from '../../../ledger/model/entry';
import { buildEntry } from '../../ledger/entries';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What comes from outside and would like to be more than text. */
export const HOSTILE = [
	'<script>alert(1)</script>',
	'"><img src=x onerror=alert(2)>',
	"'><svg/onload=alert(3)>",
	'javascript:alert(4)',
	'</style></script></title><iframe src=https://evil.example/>',
	'line\u2028separator\u2029and \u202eoverride',
	'{{ 7*7 }} ${7*7} <!-- -->',
	`long ${'x'.repeat(20_000)}`,
];

/** Everything that people, shops and models write, in entries of every fate. */
export function hostileEntries(now = Date.now()): Entry[] {
	return HOSTILE.flatMap((text, place) =>
		(['unknown', 'rejected', 'succeeded', 'reserved'] as const).map((state, turn) => {
			const createdAt = now - (place * 4 + turn + 1) * HOUR;
			return buildEntry({
				state,
				createdAt,
				settledAt: createdAt + 1_000,
				expiresAt: now + 90 * DAY,
				// An order cannot be called so any more; what an older ledger holds can.
				order: `hostile ${place} ${state}`,
				fields: [
					['order', `${state} ${text}`],
					[text, 'a name'],
				],
				outcome: { message: text, code: text, requestId: text, objectId: text, decidedBy: text },
				origin: { workflowName: text, nodeName: text, executionId: text },
				previousAttempts: [
					{
						attempt: 1,
						key: text,
						settledAt: createdAt,
						outcome: { kind: 'rejected', message: text, requestId: text },
					},
				],
				lateResponses: [
					{ fence: 1, key: text, outcome: { kind: 'unknown', message: text }, at: createdAt },
				],
				reservation: {
					intent: {
						operation: 'refund.create',
						amount: 500,
						isMaximum: false,
						currency: 'eur',
						purpose: text,
						customer: text,
						object: text,
					},
					spender: { agent: text, session: text },
					approval: { state: 'approved', decidedBy: text, at: createdAt },
					tokenHash: '',
					generation: 1,
					generationId: 'x',
					reservedAt: createdAt,
					limitsHeld: true,
					validUntil: now + DAY,
					validForMs: DAY,
				},
			});
		}),
	);
}

/** Entries as they stand in life: 1 in 100 unknown, 1 in 33 rejected, over 90 days. */
export function lifelikeEntries(count: number, now = Date.now()): Entry[] {
	return Array.from({ length: count }, (_, n) => {
		const createdAt = now - ((n * 7_919) % count) * ((90 * DAY) / count) - HOUR;
		return buildEntry({
			createdAt,
			settledAt: createdAt + 1_000,
			expiresAt: now + 90 * DAY,
			order: `A-${n}`,
			state: n % 100 === 0 ? 'unknown' : n % 33 === 0 ? 'rejected' : 'succeeded',
			params: { amount: String(1_000 + n), currency: n % 5 ? 'usd' : 'eur' },
			outcome: {
				objectId: `pi_${n}`,
				requestId: `req_${n}`,
				body: { id: `pi_${n}`, description: 'x'.repeat(1_000) },
			},
		});
	});
}

/** What a small shop has done in a month: a few declined cards, a refund now and then, and two lost answers. */
export function shopEntries(now = Date.now()): Entry[] {
	return Array.from({ length: 240 }, (_, n) => {
		// More on some days than on others.
		const createdAt = now - n * 3 * HOUR - ((n * n) % 7) * HOUR - MINUTE;
		const state = LOST.includes(n) ? 'unknown' : n % 17 === 5 ? 'rejected' : 'succeeded';
		const isRefund = n % 23 === 11;
		const number = 24_240 - n;
		const sends = state === 'unknown' ? 3 : 1;
		return buildEntry({
			state,
			createdAt,
			settledAt: createdAt + sends * 900,
			expiresAt: now + 90 * DAY,
			order: `SO-${number}`,
			fields: [['order_number', `SO-${number}`]],
			sends,
			firstSentAt: createdAt + 100,
			lastSentAt: createdAt + sends * 800,
			operation: isRefund ? 'refund.create' : 'paymentIntent.create',
			params: { amount: String(990 + ((n * 733) % 19_000)), currency: n % 6 ? 'eur' : 'usd' },
			origin: {
				workflowName: isRefund ? 'Refunds' : 'Shop orders',
				nodeName: 'Charge Once',
				executionId: String(5_240 - n),
			},
			outcome: {
				requestId: `req_${(number * 99_991).toString(36)}`,
				...(state === 'succeeded' && {
					objectId: `${isRefund ? 're' : 'pi'}_${(number * 7_919_993).toString(36)}`,
				}),
				...(state === 'rejected' && {
					message: 'Your card has insufficient funds.',
					declineCode: 'insufficient_funds',
				}),
				...(state === 'unknown' && {
					message: 'The connection to Stripe broke off',
					requestId: undefined,
				}),
			},
		});
	});
}

/** Which ones, counted back from the newest. */
const LOST = [2, 9];
