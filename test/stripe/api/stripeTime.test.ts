import { StripeTime } from '../../../stripe/api/stripeClock';
import { FakeClock, START_TIME, onSkewedHost } from '../../ledger/fakeClock';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_MS = 365 * 24 * HOUR_MS;

const answerAt = (ms: number) => ({ date: new Date(ms).toUTCString(), 'request-id': 'req_1' });

/** A host whose wall clock can be set while its monotonic clock goes on. */
function host(offsetMs = 0) {
	const real = new FakeClock();
	let offset = offsetMs;
	const time = { ...onSkewedHost(real, 0), now: () => real.now() + offset };
	return { real, stripeTime: new StripeTime(time), set: (ms: number) => (offset += ms) };
}

describe("Stripe's time", () => {
	it('is unknown before Stripe has responded', () => {
		expect(host().stripeTime.now()).toBeUndefined();
	});

	it.each([0, 4 * HOUR_MS, YEAR_MS, -YEAR_MS])(
		'is right on a host whose clock is wrong by %d ms',
		(offset) => {
			const { real, stripeTime } = host(offset);
			stripeTime.observe(answerAt(real.now()));
			real.advance(26 * HOUR_MS);
			expect(stripeTime.now()).toBe(START_TIME + 26 * HOUR_MS);
		},
	);

	it.each([6_000, -6_000, YEAR_MS])(
		'is unknown after the clock was set by %d ms, until Stripe responds',
		(by) => {
			const { real, stripeTime, set } = host();
			stripeTime.observe(answerAt(real.now()));
			set(by);
			expect(stripeTime.now()).toBeUndefined();
			stripeTime.observe(answerAt(real.now()));
			expect(stripeTime.now()).toBe(real.now());
		},
	);

	it('stays known if the clock was corrected by less than 5 s', () => {
		const { real, stripeTime, set } = host();
		stripeTime.observe(answerAt(real.now()));
		set(4_000);
		expect(stripeTime.now()).toBe(real.now());
	});

	it.each([
		['has no request-id', { date: new Date(START_TIME).toUTCString() }],
		['has no Date', { 'request-id': 'req_1' }],
		['has an invalid Date', { date: 'yesterday', 'request-id': 'req_1' }],
		['is older than the package', answerAt(START_TIME - YEAR_MS)],
	])('is not read from a response that %s', (_what, headers) => {
		const { stripeTime } = host();
		stripeTime.observe(headers);
		expect(stripeTime.now()).toBeUndefined();
	});

	it('does not go back for a response that is a little late', () => {
		const { real, stripeTime } = host();
		stripeTime.observe(answerAt(real.now()));
		stripeTime.observe(answerAt(real.now() - 30_000));
		expect(stripeTime.now()).toBe(real.now());
	});

	it.each([YEAR_MS, -2 * MINUTE_MS])(
		'is unknown after a response that is off by %d ms; a second one decides',
		(by) => {
			const { real, stripeTime } = host();
			stripeTime.observe(answerAt(real.now()));
			stripeTime.observe(answerAt(real.now() + by));
			expect(stripeTime.now()).toBeUndefined();
			real.advance(MINUTE_MS);
			stripeTime.observe(answerAt(real.now()));
			expect(stripeTime.now()).toBeUndefined();
			stripeTime.observe(answerAt(real.now()));
			expect(stripeTime.now()).toBe(real.now());
		},
	);

	it('is accepted after two matching responses, whatever was read before', () => {
		const { real, stripeTime } = host();
		stripeTime.observe(answerAt(real.now() + YEAR_MS));
		stripeTime.observe(answerAt(real.now()));
		stripeTime.observe(answerAt(real.now()));
		expect(stripeTime.now()).toBe(real.now());
	});
});
