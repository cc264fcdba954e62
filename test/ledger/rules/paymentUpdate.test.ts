import type { Entry } from '../../../ledger/model/entry';
import type { KnownPayment } from '../../../ledger/model/payment';
import type { PaymentUpdate } from '../../../ledger/rules/paymentUpdate';
import { applyPaymentUpdate } from '../../../ledger/rules/paymentUpdate';
import { paymentOf } from '../../../stripe/objects/paymentState';
import { buildEntry, buildPaidEntry } from '../entries';

const PAID: KnownPayment = {
	kind: 'payment',
	object: 'pi_1',
	state: 'paid',
	moved: 1999,
	notMoved: 0,
	currency: 'usd',
	asOf: Date.UTC(2100, 1, 1),
};

const authorized = () =>
	buildPaidEntry('pi_1', { status: 'requires_capture', amount_capturable: 1999, amount_received: 0 });

const update = (facts: Partial<PaymentUpdate> = {}): PaymentUpdate => ({
	mode: 'test',
	account: 'acct_1',
	payment: PAID,
	shown: { status: 'as of now' },
	...facts,
});

const apply = (entry: Entry, facts?: Partial<PaymentUpdate>) =>
	applyPaymentUpdate(entry, update(facts), paymentOf);

describe('an update about a payment', () => {
	it('changes the payment and the stored object, and not the decision', () => {
		const entry = authorized();
		const { outcome } = entry as Entry & { state: 'succeeded' };
		expect(apply(entry)).toEqual({
			...entry,
			version: entry.version + 1,
			outcome: { ...outcome, payment: PAID, body: { ...outcome.body, status: 'as of now' } },
		});
	});

	it.each<[string, Partial<PaymentUpdate>]>([
		['of the other mode', { mode: 'live' }],
		['of a different account', { account: 'acct_2' }],
		['of a different payment', { payment: { ...PAID, object: 'pi_2' } }],
		['that are older', { payment: { ...PAID, state: 'unpaid', asOf: 0 } }],
	])('%s changes nothing', (_which, facts) => {
		expect(apply(authorized(), facts)).toBeUndefined();
	});

	it.each(['in_flight', 'unknown', 'released', 'reserved', 'cancelled'] as const)(
		'changes no entry that is %s',
		(state) => {
			expect(apply(buildEntry({ state, outcome: { objectId: 'pi_1' } }))).toBeUndefined();
		},
	);

	it('is the first information about a declined payment whose object is not stored', () => {
		const declined = buildEntry({ state: 'rejected', outcome: { objectId: 'pi_1' } });
		const { outcome } = declined as Entry & { state: 'rejected' };
		expect(apply(declined)).toEqual({
			...declined,
			version: declined.version + 1,
			outcome: { ...outcome, payment: PAID },
		});
		expect(apply(buildEntry({ state: 'rejected', outcome: { objectId: 'pi_2' } }))).toBeUndefined();
	});
});
